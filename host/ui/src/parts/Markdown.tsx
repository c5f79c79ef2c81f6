// A plugin's help text as React elements: paragraphs, lists, bold, italics, code and https links. Nothing becomes HTML.
import type { ReactNode } from "react";
import { OutsideLink } from "./OutsideLink";

export function Markdown({ source }: { source: string }) {
  return <div className="markdown">{source.split(/\n{2,}/u).flatMap((block, index) => renderBlock(block, `${index}`))}</div>;
}

type Line = { kind: "ol" | "ul" | "p"; text: string };

function renderBlock(block: string, key: string): ReactNode[] {
  const runs: { kind: Line["kind"]; texts: string[] }[] = [];
  for (const line of block.split("\n").map(readLine)) {
    const last = runs.at(-1);
    if (last?.kind === line.kind) last.texts.push(line.text);
    else runs.push({ kind: line.kind, texts: [line.text] });
  }
  return runs.map(({ kind, texts }, index) => {
    const id = `${key}.${index}`;
    if (kind === "p") return <p key={id}>{inline(texts.join(" "))}</p>;
    const Tag = kind;
    return (
      <Tag key={id}>
        {texts.map((text, item) => (
          <li key={item}>{inline(text)}</li>
        ))}
      </Tag>
    );
  });
}

function readLine(line: string): Line {
  const item = /^\s*(?:(\d+)[.)]|[-*])\s+(.*)$/u.exec(line);
  if (!item) return { kind: "p", text: line.trim() };
  return { kind: item[1] ? "ol" : "ul", text: item[2] ?? "" };
}

const MARKS = /\*\*(.+?)\*\*|\*(.+?)\*|`(.+?)`|\[([^\]]+)\]\((https:\/\/[^\s)]+)\)/u;

export function inline(source: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let rest = source;
  for (let found = MARKS.exec(rest); found; found = MARKS.exec(rest)) {
    const [whole, bold, italic, code, label, url] = found;
    if (found.index > 0) parts.push(rest.slice(0, found.index));
    const key = parts.length;
    if (bold !== undefined) parts.push(<strong key={key}>{inline(bold)}</strong>);
    else if (italic !== undefined) parts.push(<em key={key}>{italic}</em>);
    else if (code !== undefined) parts.push(<code key={key}>{code}</code>);
    else if (url !== undefined) parts.push(<OutsideLink key={key} href={url}>{label}</OutsideLink>);
    rest = rest.slice(found.index + whole.length);
  }
  if (rest) parts.push(rest);
  return parts;
}
