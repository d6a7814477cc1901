import { Field, Int, ObjectType } from 'type-graphql';
import type { ImportReport } from '../../services/market-data/import.ts';
import { MutationPayload } from '../payload.ts';
import { BadCsvRow, CandleGap, Market } from './types.ts';

@ObjectType({ description: 'What an import did. All rows were taken, or none: then `errors` says why and the counts are null.' })
export class ImportCandlesPayload extends MutationPayload {
  @Field(() => Market, { nullable: true, description: 'The market that the candles are of.' })
  market?: Market | null;

  @Field(() => Int, { nullable: true, description: 'New candles.' })
  imported?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Stored candles that got other values; only an administrator may change them.',
  })
  revised?: number | null;

  @Field(() => Int, { nullable: true, description: 'Candles that were stored with the same values.' })
  unchanged?: number | null;

  @Field(() => Int, { nullable: true, description: 'Rows that a later row repeats; the last one counts.' })
  duplicates?: number | null;

  @Field(() => Int, { nullable: true, description: 'Rows that come after a later one.' })
  outOfOrder?: number | null;

  @Field(() => Int, { nullable: true, description: 'Candles missing between the first and the last one of the file.' })
  missing?: number | null;

  @Field(() => [CandleGap], { nullable: true, description: 'Where they are missing; the first 100 gaps.' })
  gaps?: readonly CandleGap[] | null;

  @Field(() => String, { nullable: true, description: 'How the file writes time, as it was detected.' })
  timeFormat?: string | null;

  @Field(() => [BadCsvRow], { description: 'Rows that cannot be imported, the first 20; empty when the import was done.' })
  badRows: readonly BadCsvRow[] = [];

  @Field(() => Int, { description: 'How many rows cannot be imported.' })
  badRowCount: number = 0;
}

export function importFieldsOf(report: ImportReport) {
  const { imported, revised, unchanged, duplicates, outOfOrder, gaps, timeFormat } = report;
  return {
    imported,
    revised,
    unchanged,
    duplicates,
    outOfOrder,
    missing: gaps.missing,
    gaps: gaps.gaps as CandleGap[],
    timeFormat,
  };
}
