/** What fields and options are called, and the tip that goes with each; a formula's own name where there is no other. */
import { say } from "../words";

function found(key: string): string | null {
  const text = say(`controls.${key}`);
  return text === key ? null : text;
}

const spaced = (name: string): string => name.replaceAll("_", " ");

export const nameOf = (field: string): string => found(field) ?? spaced(field);
export const optionName = (option: string): string => found(`option.${option}`) ?? spaced(option);
/** What it means that a field is left out. */
export const offName = (field: string): string => found(`off.${field}`) ?? say("controls.off");
/** A short tip that teaches, or null. */
export const tipOf = (field: string): string | null => found(`tip.${field}`);
