import { InvalidArgumentError } from 'commander';

/** Makes a parser of an option that takes a whole number. @throws InvalidArgumentError for anything else */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`Not a whole number from ${least} to ${most}.`);
  };
}
