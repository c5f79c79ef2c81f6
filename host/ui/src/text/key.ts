// The names of the texts: those of the English table.
import type { en } from "./en";

export type TextKey = keyof typeof en;
