import { connect } from 'amqplib';
import { Client } from 'pg';
import { expect, it } from 'vitest';
import { testDatabase } from './database.ts';
import { rabbitNode, testRabbit } from './rabbit.ts';

it('gives every caller an empty database of its own', async () => {
  const [one, other] = [await testDatabase(), await testDatabase()];
  const clients = [one, other].map(({ url }) => new Client({ connectionString: url }));
  for (const client of clients) {
    await client.connect();
    await client.query('CREATE TABLE mine (n int)');
  }
  const { rows } = await (clients[0] as Client).query('SELECT current_database() AS name');
  expect(one.url).toContain(rows[0].name);
  await Promise.all(clients.map((client) => client.end()));
  await Promise.all([one.drop(), other.drop()]);
  await expect(new Client({ connectionString: one.url }).connect()).rejects.toThrow(
    'does not exist',
  );
});

it('gives every caller a place of its own on a real RabbitMQ', async () => {
  const [one, other] = [await testRabbit(), await testRabbit()];
  for (const { url, queuePrefix } of [one, other]) {
    const connection = await connect(url);
    const channel = await connection.createChannel();
    const { messageCount } = await channel.assertQueue(`${queuePrefix}imi.commands`);
    expect(messageCount).toBe(0);
    channel.sendToQueue(`${queuePrefix}imi.commands`, Buffer.from('{}'));
    await channel.close();
    await connection.close();
  }
  await one.cleanup();
  await other.cleanup();
});

it('keeps what is durable when a private RabbitMQ is stopped and started again', async () => {
  const node = await rabbitNode();
  const before = await connect(node.url);
  before.on('error', () => {});
  const channel = await before.createConfirmChannel();
  await channel.assertQueue('kept', { durable: true });
  channel.sendToQueue('kept', Buffer.from('hello'), { persistent: true });
  await channel.waitForConfirms();
  await node.stop();
  await node.start();
  await node.kill();
  await node.start();
  const after = await connect(node.url);
  const reader = await after.createChannel();
  const message = await reader.get('kept', { noAck: true });
  expect(message ? message.content.toString() : message).toBe('hello');
  await after.close();
});
