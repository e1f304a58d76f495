import fc from "fast-check";
import { expect, test } from "vitest";
import type { Field, Settings } from "../src/contract";
import { withOneMore } from "../src/controls/pieces";
import { completed, fromHash, toHash } from "../src/state";
import { fields } from "./fields";

const first = completed(fields, {}).settings;
const withChanges = (changes: object) => completed(fields, changes as Record<string, unknown>);
const bounded = ({ least = -1e6, most = 1e6 }: Field) => fc.double({ min: least, max: most, noNaN: true });
const triple = fc.tuple(...[0, 1, 2].map(() => fc.double({ min: -1e6, max: 1e6, noNaN: true })));

function valueOf(field: Field): fc.Arbitrary<unknown> {
  const { least = 0, most = 1, fewest = 0, longest = 9, options = [] } = field;
  const lengths = { minLength: fewest, maxLength: longest };
  if (field.first !== undefined) return fc.option(bounded(field), { nil: null });
  if (field.kind === "values") return fc.array(bounded(field), lengths);
  if (field.kind === "choice") return fc.constantFrom(...options);
  if (field.kind === "choices") return fc.shuffledSubarray(options, { minLength: fewest });
  if (field.kind === "switch") return fc.boolean();
  if (field.kind === "integer") return fc.integer({ min: least, max: most });
  if (field.kind === "number") return bounded(field);
  if (field.kind === "points") return fc.array(triple, lengths);
  if (field.kind === "edits") return fc.array(fc.tuple(fc.nat(9999), fc.nat(9999), bounded(field)), lengths);
  if (field.kind === "numbers") return fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 20 });
  if (field.options) return fc.array(fc.constantFrom(...options), lengths);
  if (field.least !== undefined) return fc.array(fc.integer({ min: least, max: most }), lengths);
  return fc.array(
    fc.string({ unit: "binary" }).filter((each) => each.isWellFormed()),
    lengths,
  );
}

const plain = fc.record(
  Object.fromEntries(fields.filter(({ kind }) => kind !== "settings").map((field) => [field.name, valueOf(field)])),
);
const any = plain.chain((values) => {
  const dictionaries = fields
    .filter(({ kind }) => kind === "settings")
    .map((field) => {
      const parameters = field.parameters![values[field.of!] as string]!;
      return [field.name, fc.record(Object.fromEntries(parameters.map((each) => [each.name, valueOf(each)])))] as const;
    });
  return fc.record(Object.fromEntries(dictionaries)).map((more) => withChanges({ ...values, ...more }).settings);
});

test("an address brings back every setting, to the last bit", () => {
  fc.assert(
    fc.property(any, (settings) => {
      const back = fromHash(fields, `#${toHash(fields, settings)}`);
      expect(back.ignored).toEqual([]);
      expect(back.settings).toStrictEqual(settings);
    }),
    { numRuns: 300 },
  );
});

test("an address is made of characters that stay as they are in an address", () => {
  fc.assert(
    fc.property(any, (settings) => {
      const hash = toHash(fields, settings);
      expect(new URL(`http://a/#${hash}`).hash.slice(1)).toBe(hash);
    }),
  );
});

test("what differs is said, readably, and nothing else", () => {
  expect(toHash(fields, first)).toBe("");
  const settings = withChanges({
    data: "spirals",
    hidden: [8, 8],
    optimizer_settings: { learning_rate: 0.1 },
  }).settings;
  expect(toHash(fields, settings)).toBe("data=spirals&hidden=8,8&learning_rate=0.1");
  expect(toHash(fields, withChanges({ hidden: [4, 4, 4] }).settings)).toBe("hidden=4,4,4");
  expect(
    toHash(
      fields,
      withChanges({
        points: [
          [0.5, -1, 0],
          [1e-9, 2, 1],
        ],
      }).settings,
    ),
  ).toBe("points=0.5,-1,0;1e-9,2,1");
});

test("a name that two dictionaries have is said with its dictionary", () => {
  const settings = withChanges({ schedule: "step_decay", schedule_settings: { momentum: 0.25 } }).settings;
  expect(toHash(fields, settings)).toBe("schedule=step_decay&schedule_settings.momentum=0.25");
});

test("an optimizer has its own parameters and defaults", () => {
  expect(first.optimizer_settings).toEqual({ learning_rate: 0.3, momentum: 0.9, nesterov: false });
  expect(fromHash(fields, "#optimizer=adam").settings.optimizer_settings).toEqual({
    learning_rate: 0.001,
    clip_norm: null,
  });
  expect(fromHash(fields, "#optimizer=adam&optimizer_settings.momentum=0.5").ignored).toEqual([
    "optimizer_settings.momentum",
  ]);
});

test("what may be left out is a number or off, and never less than its least", () => {
  const read = (hash: string) => fromHash(fields, `#optimizer=adam&${hash}`);
  expect(read("clip_norm=2.5").settings.optimizer_settings.clip_norm).toBe(2.5);
  expect(read("clip_norm=off")).toEqual(read(""));
  expect(read("clip_norm=0").settings.optimizer_settings.clip_norm).toBe(1e-6);
  expect(read("clip_norm=null").ignored).toEqual(["clip_norm"]);
  const on = withChanges({ optimizer: "adam", optimizer_settings: { clip_norm: 1 } }).settings;
  expect(toHash(fields, on)).toBe("optimizer=adam&clip_norm=1");
  expect(fromHash(fields, "#momentum=off").ignored).toEqual(["momentum"]);
});

test("a few numbers are said as people write them", () => {
  const read = fromHash(fields, "#schedule=pieces&boundaries=100,200&factors=0.5,1e-3");
  expect(read.settings.schedule_settings).toEqual({ boundaries: [100, 200], factors: [0.5, 0.001] });
  expect(toHash(fields, read.settings)).toBe("schedule=pieces&boundaries=100,200&factors=0.5,0.001");
  for (const wrong of ["", "a", "0.1,", "0.1,NaN"]) {
    expect(fromHash(fields, `#schedule=pieces&factors=${wrong}`).ignored).toEqual(["factors"]);
  }
});

test("one piece more comes later and with a smaller rate", () => {
  const boundary = { ...fields[0]!, most: 300 };
  const more = withOneMore({ boundaries: [100], factors: [0.3] }, boundary);
  expect(more).toEqual({ boundaries: [100, 200], factors: [0.3, 0.03] });
  expect(withOneMore(more, boundary)).toEqual({ boundaries: [100, 200, 300], factors: [0.3, 0.03, 0.003] });
});

test.each([
  ["#data=dogs", "data", "data", "xor"],
  ["#n=9", "n", "n", 10],
  ["#n=1e999", "n", "n", 200],
  ["#n=10.5", "n", "n", 200],
  ["#n=", "n", "n", 200],
  ["#noise=Infinity", "noise", "noise", 0.1],
  ["#noise=0x1", "noise", "noise", 0.1],
  ["#hidden=3,900", "hidden", "hidden", [3, 64]],
  ["#hidden=1,2,3,4,5,6,7", "hidden", "hidden", [1, 2, 3, 4, 5, 6]],
  ["#hidden=a", "hidden", "hidden", [3, 3]],
  ["#features=", "features", "features", ["x1", "x2"]],
  ["#features=dog", "features", "features", ["x1", "x2"]],
  ["#points=1,2", "points", "points", []],
  ["#edits=0.5,1,2", "edits", "edits", []],
  ["#parameters=!!", "parameters", "parameters", []],
  ["#parameters=AAAA", "parameters", "parameters", []],
  ["#class_names=%E0%A4%A", "class_names", "class_names", []],
  ["#__proto__=1", "__proto__", "data", "xor"],
  ["#constructor=1&toString", "constructor", "data", "xor"],
])("%s is understood as far as it goes, and named", (hash, ignored, name, value) => {
  const read = fromHash(fields, hash);
  expect(read.ignored).toContain(ignored);
  expect(read.settings[name as keyof Settings]).toEqual(value);
});

test("no address raises, and none makes settings that are not whole", () => {
  const part = fc.tuple(fc.constantFrom(...fields.map(({ name }) => name), "x", "momentum", "__proto__"), fc.string());
  const hash = fc.array(part).map((parts) => parts.map(([name, text]) => `${name}=${text}`).join("&"));
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), hash), (text) => {
      const { settings } = fromHash(fields, text);
      expect(withChanges(settings)).toEqual({ settings, ignored: [] });
    }),
    { numRuns: 500 },
  );
});

test("every layer has an activation", () => {
  expect(withChanges({ hidden: [1, 2, 3], activations: ["tanh", "relu"] }).settings.activations).toEqual([
    "tanh",
    "relu",
    "relu",
  ]);
  expect(withChanges({ hidden: [], activations: ["tanh"] }).settings.activations).toEqual([]);
});
