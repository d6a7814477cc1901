import { OptionalProps, type Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, PrimaryKey } from '@mikro-orm/decorators/legacy';
import { v7 } from 'uuid';
import { User } from '../identity/User.ts';
import { Json, Moment, OneOf, Text } from '../columns/columns.ts';
import { Owned } from '../columns/owned.ts';
import { CandleFetch } from '../market/CandleFetch.ts';
import { Backtest } from '../research/Backtest.ts';
import { Optimization } from '../research/Optimization.ts';
import { Bot } from '../trading/Bot.ts';

export const LogLevel = { DEBUG: 'DEBUG', INFO: 'INFO', WARN: 'WARN', ERROR: 'ERROR' } as const;
export type LogLevel = (typeof LogLevel)[keyof typeof LogLevel];

/** What a bot or job has to say to its owner; kept for 30 days unless told otherwise. */
@Entity({ tableName: 'log_entries' })
@Owned()
@Index({ properties: ['user', 'timestamp', 'id'] })
@Index({ properties: ['bot', 'user', 'timestamp', 'id'] })
@Index({ properties: ['backtest', 'user', 'timestamp', 'id'] })
@Index({ properties: ['candleFetch', 'user', 'timestamp', 'id'] })
@Index({ properties: ['optimization', 'user', 'timestamp', 'id'] })
@Index({ properties: ['timestamp'] })
export class LogEntry {
  [OptionalProps]?: 'fields';

  @PrimaryKey({ type: 'uuid', onCreate: () => v7() })
  id: string = v7();

  /** Null: of the program itself. */
  @ManyToOne(() => User, { ref: true, nullable: true, deleteRule: 'cascade', index: false })
  user: Ref<User> | null = null;

  @ManyToOne(() => Bot, { ref: true, nullable: true, deleteRule: 'cascade', index: false })
  bot: Ref<Bot> | null = null;

  @ManyToOne(() => Backtest, { ref: true, nullable: true, deleteRule: 'cascade', index: false })
  backtest: Ref<Backtest> | null = null;

  @ManyToOne(() => CandleFetch, { ref: true, nullable: true, deleteRule: 'cascade', index: false })
  candleFetch: Ref<CandleFetch> | null = null;

  @ManyToOne(() => Optimization, { ref: true, nullable: true, deleteRule: 'cascade', index: false })
  optimization: Ref<Optimization> | null = null;

  @OneOf(LogLevel)
  level!: LogLevel;

  @Text({ max: 8000 })
  message!: string;

  @Json()
  fields: Record<string, unknown> = {};

  @Moment()
  timestamp!: Date;
}
