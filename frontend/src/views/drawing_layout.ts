/** Where units and edges of the drawing lie, in pixels. */

/** More units of a layer than this are only counted. */
export const MOST = 12;

export interface Unit {
  /** From 0, the features. */
  layer: number;
  unit: number;
  /** Its middle. */
  x: number;
  y: number;
}
export interface Edge {
  /** The layer it leads to. */
  layer: number;
  from: number;
  to: number;
  x1: number;
  y1: number;
  x2: number;
  y2: number;
}
export interface Layout {
  width: number;
  height: number;
  /** The side of a unit's box. */
  box: number;
  columns: Unit[][];
  edges: Edge[];
  /** How many units of each layer are not drawn. */
  more: number[];
}

/** The narrowest box, and the narrowest gap for edges. */
const [LEAST, GAP] = [24, 16];

/** Units of layers of these sizes, the features first, in a width of `room` with space for names at both ends.
 *
 * Many layers have smaller boxes; if even those do not fit, the drawing is wider than the room. */
export function layOut(sizes: readonly number[], room: number, [left, right]: readonly [number, number]): Layout {
  const rows = Math.min(MOST, Math.max(...sizes));
  const inner = room - left - right;
  const wanted = rows <= 4 ? 50 : rows <= 8 ? 38 : 28;
  const box = Math.max(LEAST, Math.min(wanted, Math.floor(inner / (1.8 * sizes.length))));
  const pitch = box + (rows <= 4 ? 26 : rows <= 8 ? 14 : 10);
  const width = Math.max(room, left + right + (sizes.length - 1) * (box + GAP) + box);
  const more = sizes.map((size) => Math.max(0, size - MOST));
  const height = rows * pitch + (more.some(Boolean) ? 26 : 12);
  const across = sizes.length > 1 ? (width - left - right - box) / (sizes.length - 1) : 0;
  const columns = sizes.map((size, layer) => {
    const shown = Math.min(size, MOST);
    const top = 6 + ((rows - shown) * pitch) / 2 + pitch / 2;
    return Array.from({ length: shown }, (_, unit) => ({ layer, unit, x: left + box / 2 + layer * across, y: top + unit * pitch }));
  });
  const edges = columns.slice(1).flatMap((column, index) =>
    columns[index]!.flatMap((from) =>
      column.map((to) => ({ layer: index + 1, from: from.unit, to: to.unit, x1: from.x + box / 2, y1: from.y, x2: to.x - box / 2, y2: to.y })),
    ),
  );
  return { width, height, box, columns, edges, more };
}

/** The edge next to a place, within `reach` pixels. */
export function edgeAt(edges: readonly Edge[], x: number, y: number, reach: number): Edge | null {
  let found: Edge | null = null;
  let least = reach;
  for (const edge of edges) {
    if (x < edge.x1 - reach || x > edge.x2 + reach) continue;
    const [dx, dy] = [edge.x2 - edge.x1, edge.y2 - edge.y1];
    const along = Math.max(0, Math.min(1, ((x - edge.x1) * dx + (y - edge.y1) * dy) / (dx * dx + dy * dy)));
    const distance = Math.hypot(edge.x1 + along * dx - x, edge.y1 + along * dy - y);
    if (distance < least) [found, least] = [edge, distance];
  }
  return found;
}
