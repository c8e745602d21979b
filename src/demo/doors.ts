import { connect } from 'amqplib';

/** The two ways into iMi, as an agent and as a sender on Bloodbank use them. */
export interface Doors {
  /** Answers the JSON of the response; throws on a status that is none of `expected`. */
  http(method: string, path: string, body?: unknown, expected?: readonly number[]): Promise<Json>;
  /** Publishes a message, in whatever envelope it comes. */
  bloodbank(routingKey: string, message: unknown): Promise<void>;
  close(): Promise<void>;
}

// biome-ignore lint/suspicious/noExplicitAny: answers are shown, not relied on
export type Json = any;

/** Doors of a running iMi; messages go to its bus in process, or to RabbitMQ when it runs on one. */
export async function openDoors(
  baseUrl: string,
  options: { readonly rabbitmqUrl?: string; readonly exchange: string; readonly apiKey?: string },
): Promise<Doors> {
  const http: Doors['http'] = async (method, path, body, expected = [200, 201, 204]) => {
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(options.apiKey !== undefined && { authorization: `Bearer ${options.apiKey}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!expected.includes(response.status)) {
      throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    }
    return text === '' ? null : JSON.parse(text);
  };
  if (options.rabbitmqUrl === undefined) {
    return {
      http,
      bloodbank: (key, message) => http('POST', `/embedded/bloodbank/${key}`, message, [202]),
      close: async () => {},
    };
  }
  const connection = await connect(options.rabbitmqUrl);
  const channel = await connection.createConfirmChannel();
  return {
    http,
    async bloodbank(routingKey, message) {
      channel.publish(options.exchange, routingKey, Buffer.from(JSON.stringify(message)), {
        persistent: true,
        contentType: 'application/json',
      });
      await channel.waitForConfirms();
    },
    close: () => connection.close(),
  };
}
