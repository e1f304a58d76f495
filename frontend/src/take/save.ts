/** Files that the page hands over. */
import type { Download } from "../contract";

export function save({ name, type, bytes }: Download): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes as BlobPart], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // Safari reads the blob after the click has returned
}

export function textFile(name: string, type: string, text: string): Download {
  return { name, type, bytes: new TextEncoder().encode(text) };
}
