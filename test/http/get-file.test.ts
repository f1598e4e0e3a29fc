import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { beforeEach, describe, expect, it } from "vitest";
import { getFile } from "../../src/http/get-file.js";
import { serve, type Answer } from "../kubectl/server.js";

const FILE = "0123456789".repeat(100);
const TAG = '"one"';
const stop = new AbortController();

/** What was received, and with which sizes files began. */
let received: { text: string; began: (number | undefined)[] };
/** Headers of each request. */
let asked: IncomingHttpHeaders[];

beforeEach(() => {
  received = { text: "", began: [] };
  asked = [];
});

/** Serves a file at /file by these answers, one a request; the last one is for all further ones, too. */
async function served(...answers: ((response: ServerResponse, headers: IncomingHttpHeaders) => void)[]) {
  const answer: Answer = ({ headers }, response) => {
    asked.push(headers);
    (answers[asked.length - 1] ?? answers.at(-1))?.(response, headers);
  };
  return `${(await serve({ "/file": answer })).url}/file`;
}

/** Sends a part of the text, and all headers; cut off where it is less than they promise. */
function send(response: ServerResponse, status: number, headers: Record<string, string>, part: string): void {
  response.writeHead(status, headers);
  response.write(part, () => (part.length < Number(headers["content-length"]) ? response.destroy() : response.end()));
}

const whole = (headers: Record<string, string>, sent = FILE.length) => {
  return (response: ServerResponse): void =>
    send(response, 200, { "content-length": String(FILE.length), ...headers }, FILE.slice(0, sent));
};

const rest = (sent = FILE.length, begins?: number) => {
  return (response: ServerResponse, { range = "" }: IncomingHttpHeaders): void => {
    const from = begins ?? Number(/^bytes=(\d+)-$/.exec(range)?.[1]);
    const headers = { etag: TAG, "content-range": `bytes ${from}-${FILE.length - 1}/${FILE.length}` };
    const length = { "content-length": String(FILE.length - from) };
    send(response, 206, { ...headers, ...length }, FILE.slice(from, from + sent));
  };
};

function get(url: string, { limit = 10_000, signal = stop.signal } = {}): Promise<void> {
  return getFile(
    url,
    { env: {}, signal, stall: 5000 },
    {
      limit,
      begin: (all) => {
        received.began.push(all);
        received.text = "";
      },
      take: (chunk) => void (received.text += chunk.toString("utf8")),
    },
  );
}

const parts = (): (string | undefined)[] => asked.map(({ range }) => range);

describe("a download that is cut", () => {
  it("goes on where it ended, each time, with the version that it is of", async () => {
    await get(await served(whole({ etag: TAG }, 300), rest(300), rest()));
    expect(received).toEqual({ text: FILE, began: [1000] });
    expect(parts()).toEqual([undefined, "bytes=300-", "bytes=600-"]);
    expect(asked.map((headers) => headers["if-range"])).toEqual([undefined, TAG, TAG]);
  });

  it("begins anew where the server sends no parts", async () => {
    await get(await served(whole({ etag: TAG }, 300), whole({ etag: TAG })));
    expect(received).toEqual({ text: FILE, began: [1000, 1000] });
    expect(parts()).toEqual([undefined, "bytes=300-"]);
  });

  it("begins anew where the file has changed meanwhile, and goes on with the new one", async () => {
    const other = (response: ServerResponse): void =>
      send(response, 200, { "content-length": "650", etag: '"two"' }, "changed ".repeat(80));
    const end = (response: ServerResponse): void =>
      send(response, 206, { "content-length": "10", "content-range": "bytes 640-649/650" }, "to the end");
    await get(await served(whole({ etag: TAG }, 300), other, end));
    expect(received).toEqual({ text: `${"changed ".repeat(80)}to the end`, began: [1000, 650] });
    expect(asked.map((headers) => headers["if-range"])).toEqual([undefined, TAG, '"two"']);
  });

  it.each([
    ["refuses the part (416)", (response: ServerResponse) => void response.writeHead(416).end()],
    ["sends another part", rest(FILE.length, 100)],
  ])("begins anew where the server %s", async (_, answer) => {
    await get(await served(whole({ etag: TAG }, 300), answer, whole({ etag: TAG })));
    expect(received).toEqual({ text: FILE, began: [1000, 1000] });
    expect(parts()).toEqual([undefined, "bytes=300-", undefined]);
  });

  it.each([
    ["no version", {}],
    ["a weak version", { etag: `W/${TAG}` }],
    ["that it sends no parts", { etag: TAG, "accept-ranges": "none" }],
  ])("fails at once where the server says %s", async (_, headers: Record<string, string>) => {
    const url = await served(whole(headers, 300));
    await expect(get(url)).rejects.toMatchObject({
      ...{
        kind: "prerequisite",
        message: `cannot download ${url}: the connection ended early after 300 of 1000 bytes`,
      },
    });
    expect(parts()).toEqual([undefined]);
  });

  it.each([
    ["nothing", 0, 600],
    ["hardly anything: at 50 bytes a second it would count as slow", 249, 849],
  ])("is given up after another attempt that brings %s", async (_, brought, after) => {
    const url = await served(whole({ etag: TAG }, 300), rest(300), rest(brought));
    await expect(get(url)).rejects.toThrow(`the connection ended early after ${after} of 1000 bytes`);
    expect(parts()).toEqual([undefined, "bytes=300-", "bytes=600-"]);
  });

  it("is given up when the server refuses by then", async () => {
    const url = await served(whole({ etag: TAG }, 300), (response) => void response.writeHead(404).end());
    await expect(get(url)).rejects.toMatchObject({
      ...{ kind: "node", message: `cannot use ${url}: it is not there (404)` },
    });
    expect(asked).toHaveLength(2);
  });

  it("is refused past the limit, however many parts it came in", async () => {
    const url = await served(whole({ etag: TAG }, 300), rest());
    await expect(get(url, { limit: 600 })).rejects.toThrow(`cannot use ${url}: it is larger than 600 bytes`);
    expect(asked).toHaveLength(2);
  });

  it("ends with an interrupt while it waits for the next attempt", async () => {
    const interrupt = new AbortController();
    const url = await served(whole({ etag: TAG }, 300), (response, headers) => {
      rest(300)(response, headers);
      response.on("close", () => setTimeout(() => interrupt.abort(new Error("Ctrl-C")), 50));
    });
    await expect(get(url, { signal: interrupt.signal })).rejects.toThrow("Ctrl-C");
    expect(asked).toHaveLength(2);
  });
});
