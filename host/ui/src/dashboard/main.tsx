// placeholder until below
export {};
