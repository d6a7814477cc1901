/* What is written on a stream of Server-Sent Events, as the protocol of graphql-sse has it for distinct connections. */

/** @param json an execution result; JSON has no line breaks of its own */
export const nextMessage = (json: string): string => `event: next\ndata: ${json}\n\n`;

export const completeMessage = 'event: complete\ndata:\n\n';

/** Says nothing, so that whatever stands between does not take the stream for dead. */
export const keepAliveMessage = ':\n\n';
