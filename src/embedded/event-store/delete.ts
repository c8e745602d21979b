import type {
  DeleteReq,
  DeleteResp,
  TombstoneReq,
  TombstoneResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import { InvalidArgument } from './errors.ts';
import { expectedOf, streamOf } from './requests.ts';
import type { Store } from './store.ts';

/** `Streams/Delete`: the stream is gone, and may begin again. */
export async function deleteStream(store: Store, request: DeleteReq): Promise<DeleteResp> {
  const options = request.getOptions();
  if (!options) throw new InvalidArgument('The request carries no options.');
  const stream = streamOf(options.getStreamIdentifier());
  const position = await store.delete(stream, expectedOf(options, options.getRevision()));
  const place = new streamsPb.DeleteResp.Position();
  place.setCommitPosition(String(position));
  place.setPreparePosition(String(position));
  const response = new streamsPb.DeleteResp();
  response.setPosition(place);
  return response;
}

/** `Streams/Tombstone`: the stream is gone for ever. */
export async function tombstoneStream(store: Store, request: TombstoneReq): Promise<TombstoneResp> {
  const options = request.getOptions();
  if (!options) throw new InvalidArgument('The request carries no options.');
  const stream = streamOf(options.getStreamIdentifier());
  const position = await store.tombstone(stream, expectedOf(options, options.getRevision()));
  const place = new streamsPb.TombstoneResp.Position();
  place.setCommitPosition(String(position));
  place.setPreparePosition(String(position));
  const response = new streamsPb.TombstoneResp();
  response.setPosition(place);
  return response;
}
