// Server-sent events over fetch: `EventSource` cannot send the `Authorization` header.

export interface ServerEvent {
  name: string;
  data: string;
}

export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let waiting = "";
  for (;;) {
    const { done, value } = await reader.read();
    waiting += decoder.decode(value, { stream: !done });
    const blocks = waiting.split(/\r?\n\r?\n/u);
    waiting = blocks.pop() ?? "";
    for (const block of blocks) {
      const event = parseBlock(block);
      if (event) yield event;
    }
    if (done) return;
  }
}

function parseBlock(block: string): ServerEvent | undefined {
  let name = "message";
  const data: string[] = [];
  for (const line of block.split(/\r?\n/u)) {
    const [, field, value] = /^([a-z]+): ?(.*)$/u.exec(line) ?? [];
    if (field === "event") name = value ?? name;
    if (field === "data") data.push(value ?? "");
  }
  return data.length > 0 ? { name, data: data.join("\n") } : undefined;
}
