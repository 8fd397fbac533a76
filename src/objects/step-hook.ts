/**
 * Told the name of each durable step just after it was done. Tests kill the process inside it, so that a crash between any two
 * steps can be shown; nothing else uses it.
 * @see object-layout.md, sections 8 and 11
 */
export type StepHook = (step: string) => void | Promise<void>;

/** The hook of a normal run. */
export const noSteps: StepHook = () => undefined;
