import { z } from 'zod';

const reference = z.strictObject({
  /** What it is measured against: a peer, or the limit that measured parts give. */
  what: z.string().min(1),
  value: z.number(),
});

const row = z
  .strictObject({
    case: z.string().min(1),
    value: z.number(),
    unit: z.string().min(1),
    reference: reference.optional(),
    /** value / reference, turned so that higher is better. */
    ratio: z.number().optional(),
    /** The ratio that an issue or a spec asks for. */
    goal: z.number().positive().optional(),
  })
  .refine((it) => (it.reference === undefined) === (it.ratio === undefined), {
    message: 'a row has reference and ratio, or neither',
  })
  .refine((it) => it.goal === undefined || it.ratio !== undefined, {
    message: 'a goal without a ratio cannot be met or missed',
  });

/** What a run of a benchmark leaves in `bench/results/NAME.json`. @see DESIGN.md, "Benchmarks" */
export const reportSchema = z.strictObject({
  bench: z.string().min(1),
  conditions: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  rows: z.array(row).min(1),
});

/** One line of a report. */
export type Row = z.infer<typeof row>;
/** Facts under which the figures hold: machine, versions, options. */
export type Conditions = z.infer<typeof reportSchema>['conditions'];
/** A benchmark's result. */
export type Report = z.infer<typeof reportSchema>;

/** Rows whose goal is missed. */
export function missedGoals(report: Report): readonly Row[] {
  return report.rows.filter(({ goal, ratio }) => goal !== undefined && ratio !== undefined && ratio < goal);
}
