// What the fields of a form need to know of the page around them.
import { createContext, useContext, type ReactNode } from "react";
import type { Noise } from "../schema/normalize";
import type { FieldSchema, Value } from "../schema/profile";

export interface FormSurroundings {
  /** What was cleaned, by field. */
  cleaned: Record<string, Noise[]>;
  onCleaned: (name: string, noise: Noise[]) => void;
  onLeave: (name: string, value: Value | undefined) => void;
  /** Secrets the host already keeps. */
  stored: Set<string>;
  /** The date assumed when an expiry field stays empty. */
  assumedExpiry: Record<string, Date>;
  /** Optional fields that are unfolded. */
  unfolded: Set<string>;
  fold: (name: string, open: boolean) => void;
  /** Whether optional fields are marked so; where everything is optional that is noise. */
  marksOptional: boolean;
  /** What a field makes possible, in sentences. */
  gains: (field: FieldSchema) => string[];
  /** What stands before a field's input. */
  before: (name: string, field: FieldSchema) => ReactNode;
  /** The field's help, for narrow screens. */
  help: (name: string) => ReactNode;
}

export const PLAIN_SURROUNDINGS: FormSurroundings = {
  cleaned: {},
  onCleaned: () => {},
  onLeave: () => {},
  stored: new Set(),
  assumedExpiry: {},
  unfolded: new Set(),
  fold: () => {},
  marksOptional: false,
  gains: () => [],
  before: () => null,
  help: () => null,
};

const Surroundings = createContext<FormSurroundings>(PLAIN_SURROUNDINGS);
export const SurroundingsProvider = Surroundings;

export function useSurroundings(): FormSurroundings {
  return useContext(Surroundings);
}
