/** Kinds of fields in protobuf's encoding: the low three bits of a tag. */
export const varint = 0;
export const fixed64 = 1;
export const lengthDelimited = 2;
export const fixed32 = 5;
