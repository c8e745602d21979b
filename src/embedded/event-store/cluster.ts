import { randomUUID } from 'node:crypto';
import type { ClusterInfo } from '@eventstore/db-client/generated/gossip_pb.js';
import gossipPb from '@eventstore/db-client/generated/gossip_pb.js';
import type { SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb.js';
import featuresPb from '@eventstore/db-client/generated/serverfeatures_pb.js';
import sharedPb from '@eventstore/db-client/generated/shared_pb.js';

const INSTANCE = randomUUID();
const STREAMS = 'event_store.client.streams.streams';

/** `ServerFeatures/GetSupportedMethods`: what the client asks before its first append. */
export function supportedMethods(): SupportedMethods {
  const result = new featuresPb.SupportedMethods();
  result.setEventStoreServerVersion('23.10.0');
  for (const name of ['read', 'append', 'batchappend', 'delete', 'tombstone']) {
    const method = new featuresPb.SupportedMethod();
    method.setServiceName(STREAMS);
    method.setMethodName(name);
    result.addMethods(method);
  }
  return result;
}

/** `Gossip/Read` for `esdb+discover://`: this server is the one leader of a cluster of one. */
export function clusterInfo(host: string, port: number): ClusterInfo {
  const id = new sharedPb.UUID();
  id.setString(INSTANCE);
  const endpoint = new gossipPb.EndPoint();
  endpoint.setAddress(host);
  endpoint.setPort(port);
  const member = new gossipPb.MemberInfo();
  member.setInstanceId(id);
  member.setTimeStamp(`${Date.now()}0000`);
  member.setState(gossipPb.MemberInfo.VNodeState.LEADER);
  member.setIsAlive(true);
  member.setHttpEndPoint(endpoint);
  const result = new gossipPb.ClusterInfo();
  result.addMembers(member);
  return result;
}
