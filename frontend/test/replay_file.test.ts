import { expect, test } from "vitest";
import type { Frame } from "../src/contract";
import { decoded } from "../src/frames";
import { encoded } from "../src/take/encode";
import { inData, inScript, replayHtml } from "../src/take/replay_file";

test("a frame that is written is read again, NaN and empty arrays too", () => {
  const frame = {
    header: { type: "moments", run: 3 },
    arrays: { loss: { shape: [3], values: Float64Array.of(0.1, NaN, -Infinity) }, none: { shape: [0, 2], values: new Float64Array() } },
  } as Frame;
  const again = decoded(encoded(frame).buffer as ArrayBuffer);
  expect(again.header).toEqual(frame.header);
  expect([...again.arrays.loss!.values]).toEqual([0.1, NaN, -Infinity]);
  expect(again.arrays.none).toEqual(frame.arrays.none);
});

test("no script ends its own element, and its strings stay what they are", () => {
  const script = 'const a = "</script><script><!--";';
  const safe = inScript(script);
  expect(safe).not.toMatch(/<\/script|<script|<!--/i);
  expect(new Function(`${safe} return a`)()).toBe("</script><script><!--");
});

test("data cannot leave its element either, and reads as what it was", () => {
  const names = { class_names: ["</script><img src=x onerror=alert(1)>", "中"] };
  expect(inData(names)).not.toContain("<");
  expect(JSON.parse(inData(names))).toEqual(names);
});

test("the file allows no address but itself", () => {
  const html = replayHtml("0", "p{}", { version: "1" } as never, "en", "a < b & c");
  expect(html).toContain("default-src 'none'");
  expect(html).toContain("<title>a &lt; b &amp; c</title>");
  expect(html).not.toMatch(/(src|href)=["']?https?:/);
});
