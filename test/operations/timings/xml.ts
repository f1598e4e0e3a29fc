const NAME = "[A-Za-z_][\\w.-]*";
const TOKEN = new RegExp(
  [
    "<!--(?:(?!--)[^])*-->",
    "<\\?xml [^?]*\\?>",
    `</(?<closing>${NAME})\\s*>`,
    `<(?<opening>${NAME})(?<attributes>(?:\\s+${NAME}="[^"<]*")*)\\s*(?<empty>/?)>`,
    "(?<text>[^<]+)",
  ].join("|"),
  "uy",
);
const REFERENCE = /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)/;
const FORBIDDEN = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

/** An element of a document: its name, its attributes and its text as they stand there, and what is in it. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  text: string;
}

/** Reads an XML document of elements, attributes, text and comments. Throws for everything that is not well-formed. */
export function parseXml(document: string): XmlElement {
  const forbidden = FORBIDDEN.exec(document);
  if (forbidden !== null) throw new Error(`the character at ${forbidden.index} may not stand in XML`);
  const top: XmlElement = { name: "", attributes: {}, children: [], text: "" };
  const open = [top];
  for (const token of tokensOf(document)) take(open, token);
  const [root, ...others] = top.children;
  if (open.length !== 1 || root === undefined || others.length > 0) throw new Error("not one whole element");
  if (top.text.trim() !== "") throw new Error(`text outside of the document: ${top.text}`);
  return root;
}

type Token = Readonly<Record<string, string | undefined>>;

function tokensOf(document: string): readonly Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < document.length) {
    const place = TOKEN.lastIndex;
    const found = TOKEN.exec(document);
    if (found === null) throw new Error(`no XML at ${place}: ${document.slice(place, place + 60)}`);
    tokens.push(found.groups ?? {});
  }
  return tokens;
}

/** `open`: the elements that have begun and not ended, the innermost last. */
function take(open: XmlElement[], { closing, opening, attributes = "", empty, text }: Token): void {
  const current = open.at(-1);
  if (current === undefined) throw new Error("more is closed than was opened");
  if (text !== undefined) {
    if (REFERENCE.test(text)) throw new Error(`a bare & in ${text}`);
    current.text += text;
  } else if (closing !== undefined) {
    if (current.name !== closing) throw new Error(`</${closing}> closes ${current.name}`);
    open.pop();
  } else if (opening !== undefined) {
    const child: XmlElement = { name: opening, attributes: attributesIn(attributes), children: [], text: "" };
    current.children.push(child);
    if (empty === "") open.push(child);
  }
}

function attributesIn(text: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [, name = "", value = ""] of text.matchAll(/([\w.-]+)="([^"]*)"/g)) {
    if (name in found) throw new Error(`${name} stands twice`);
    if (REFERENCE.test(value)) throw new Error(`a bare & in ${value}`);
    found[name] = value;
  }
  return found;
}

/** All elements of a document, from the outermost on. */
export function everyElement(element: XmlElement): readonly XmlElement[] {
  return [element, ...element.children.flatMap(everyElement)];
}
