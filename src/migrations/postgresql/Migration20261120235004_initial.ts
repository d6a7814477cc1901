import { Migration } from '@mikro-orm/migrations';

export class Migration20261120235004_initial extends Migration {

  override name = 'Migration20261120235004_initial';

  override up(): void | Promise<void> {
    this.addSql(`create table "app_states" ("key" text not null, "value" jsonb not null, "updated_at" timestamptz(3) not null, primary key ("key"));`);

    this.addSql(`create table "candles" ("exchange" text not null, "symbol" text not null, "timeframe" text not null, "open_time" bigint not null, "open" double precision not null, "high" double precision not null, "low" double precision not null, "close" double precision not null, "volume" double precision not null, primary key ("exchange", "symbol", "timeframe", "open_time"));`);

    this.addSql(`create table "exchanges" ("id" uuid not null, "created_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, "name" text not null, "display_name" text not null, "is_enabled" boolean not null, "sandbox" boolean not null, primary key ("id"));`);
    this.addSql(`alter table "exchanges" add constraint "exchanges_name_unique" unique ("name");`);

    this.addSql(`create table "markets" ("id" uuid not null, "created_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, "exchange_id" uuid not null, "symbol" text not null, "base_asset" text not null, "quote_asset" text not null, "kind" text not null, "is_active" boolean not null, "tick_size" numeric(38,18) not null, "step_size" numeric(38,18) not null, "min_notional" numeric(38,18) null, primary key ("id"));`);
    this.addSql(`create index "markets_symbol_id_index" on "markets" ("symbol", "id");`);
    this.addSql(`alter table "markets" add constraint "markets_exchange_id_symbol_unique" unique ("exchange_id", "symbol");`);

    this.addSql(`create table "market_trades" ("exchange" text not null, "symbol" text not null, "timestamp" bigint not null, "price" double precision not null, "buy_quantity" double precision not null, "sell_quantity" double precision not null, "buy_count" int not null, "sell_count" int not null, primary key ("exchange", "symbol", "timestamp"));`);

    this.addSql(`create table "order_book_snapshots" ("exchange" text not null, "symbol" text not null, "timestamp" bigint not null, "bids" bytea not null, "asks" bytea not null, primary key ("exchange", "symbol", "timestamp"));`);

    this.addSql(`create table "tickers" ("exchange" text not null, "symbol" text not null, "timestamp" bigint not null, "last_price" double precision not null, "high_price" double precision not null, "low_price" double precision not null, "volume" double precision not null, primary key ("exchange", "symbol", "timestamp"));`);

    this.addSql(`create table "users" ("id" uuid not null, "created_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, "email" text not null, "password_hash" text not null, "role" text not null, "is_active" boolean not null, "reset_token_hash" text null, "reset_token_expires_at" timestamptz(3) null, "last_event_sequence" bigint not null, primary key ("id"));`);
    this.addSql(`alter table "users" add constraint "users_email_unique" unique ("email");`);
    this.addSql(`alter table "users" add constraint "users_reset_token_hash_unique" unique ("reset_token_hash");`);

    this.addSql(`create table "strategies" ("id" uuid not null, "created_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, "version" int not null default 1, "user_id" uuid not null, "name" text not null, "description" text null, "kind" text not null, "definition" jsonb not null, "parameters" jsonb not null, "risk_settings" jsonb not null, "status" text not null, "performance_metrics" jsonb not null, primary key ("id"));`);
    this.addSql(`create index "strategies_status_index" on "strategies" ("status");`);
    this.addSql(`create index "strategies_user_id_created_at_id_index" on "strategies" ("user_id", "created_at", "id");`);
    this.addSql(`alter table "strategies" add constraint "strategies_user_id_name_unique" unique ("user_id", "name");`);

    this.addSql(`create table "settings" ("id" uuid not null, "created_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, "user_id" uuid null, "key" text not null, "value" jsonb not null, primary key ("id"));`);
    this.addSql(`create unique index "settings_one_per_installation" on "settings" ("key") where "user_id" is null;`);
    this.addSql(`alter table "settings" add constraint "settings_user_id_key_unique" unique ("user_id", "key");`);

    this.addSql(`create table "refresh_tokens" ("id" uuid not null, "created_at" timestamptz(3) not null, "user_id" uuid not null, "token_hash" text not null, "family_id" uuid not null, "expires_at" timestamptz(3) not null, "revoked_at" timestamptz(3) null, "user_agent" text null, "ip" text null, primary key ("id"));`);
    this.addSql(`create index "refresh_tokens_user_id_index" on "refresh_tokens" ("user_id");`);
    this.addSql(`alter table "refresh_tokens" add constraint "refresh_tokens_token_hash_unique" unique ("token_hash");`);
    this.addSql(`create index "refresh_tokens_family_id_index" on "refresh_tokens" ("family_id");`);
    this.addSql(`create index "refresh_tokens_expires_at_index" on "refresh_tokens" ("expires_at");`);

    this.addSql(`create table "rebalancing_events" ("id" uuid not null, "created_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, "user_id" uuid not null, "exchange_id" uuid not null, "old_allocations" jsonb not null, "new_allocations" jsonb not null, "executed_trades" jsonb not null, "status" text not null, "error" text null, primary key ("id"));`);
    this.addSql(`create index "rebalancing_events_exchange_id_index" on "rebalancing_events" ("exchange_id");`);
    this.addSql(`create index "rebalancing_events_user_id_created_at_id_index" on "rebalancing_events" ("user_id", "created_at", "id");`);

    this.addSql(`create table "portfolio_snapshots" ("id" uuid not null, "created_at" timestamptz(3) not null, "user_id" uuid not null, "exchange_id" uuid null, "timestamp" timestamptz(3) not null, "total_value" numeric(38,18) not null, "cash_balance" numeric(38,18) not null, "asset_holdings" jsonb not null, primary key ("id"));`);
    this.addSql(`create index "portfolio_snapshots_exchange_id_index" on "portfolio_snapshots" ("exchange_id");`);
    this.addSql(`create index "portfolio_snapshots_timestamp_index" on "portfolio_snapshots" ("timestamp");`);
    this.addSql(`create index "portfolio_snapshots_user_id_timestamp_id_index" on "portfolio_snapshots" ("user_id", "timestamp", "id");`);

    this.addSql(`create table "optimizations" ("id" uuid not null, "created_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, "version" int not null default 1, "user_id" uuid not null, "strategy_id" uuid not null, "name" text null, "exchange_id" uuid not null, "symbols" jsonb not null, "timeframe" text not null, "start_date" timestamptz(3) not null, "end_date" timestamptz(3) not null, "market_type" text not null, "leverage" numeric(38,18) not null, "initial_capital" numeric(38,18) not null, "options" jsonb not null, "strategy_snapshot" jsonb not null, "search_space" jsonb not null, "algorithm" text not null, "objective" text not null, "seed" bigint not null, "status" text not null, "progress" double precision not null, "best" jsonb null, "walk_forward" jsonb null, "error" text null, "started_at" timestamptz(3) null, "finished_at" timestamptz(3) null, primary key ("id"));`);
    this.addSql(`create index "optimizations_exchange_id_index" on "optimizations" ("exchange_id");`);
    this.addSql(`create index "optimizations_status_created_at_index" on "optimizations" ("status", "created_at");`);
    this.addSql(`create index "optimizations_strategy_id_user_id_created_at_id_index" on "optimizations" ("strategy_id", "user_id", "created_at", "id");`);
    this.addSql(`create index "optimizations_user_id_created_at_id_index" on "optimizations" ("user_id", "created_at", "id");`);

    this.addSql(`create table "optimization_trials" ("optimization_id" uuid not null, "ordinal" int not null, "user_id" uuid not null, "parameters" jsonb not null, "score" double precision null, "metrics_in_sample" jsonb not null, "metrics_out_of_sample" jsonb null, primary key ("optimization_id", "ordinal"));`);
    this.addSql(`create index "optimization_trials_user_id_index" on "optimization_trials" ("user_id");`);
    this.addSql(`create index "optimization_trials_optimization_id_score_ordinal_index" on "optimization_trials" ("optimization_id", "score", "ordinal");`);

    this.addSql(`create table "notification_channels" ("id" uuid not null, "created_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, "user_id" uuid not null, "driver" text not null, "label" text not null, "encrypted_fields" text not null, "is_active" boolean not null, primary key ("id"));`);
    this.addSql(`create index "notification_channels_user_id_created_at_id_index" on "notification_channels" ("user_id", "created_at", "id");`);
    this.addSql(`alter table "notification_channels" add constraint "notification_channels_user_id_label_unique" unique ("user_id", "label");`);

    this.addSql(`create table "idempotency_keys" ("user_id" uuid not null, "key" text not null, "request_hash" text not null, "response" jsonb not null, "created_at" timestamptz(3) not null, primary key ("user_id", "key"));`);
    this.addSql(`create index "idempotency_keys_created_at_index" on "idempotency_keys" ("created_at");`);

    this.addSql(`create table "events" ("id" uuid not null, "user_id" uuid not null, "sequence" bigint not null, "type" text not null, "bot_id" uuid null, "order_id" uuid null, "trade_id" uuid null, "position_id" uuid null, "job_id" uuid null, "alert_id" uuid null, "payload" jsonb not null, "occurred_at" timestamptz(3) not null, primary key ("id"));`);
    this.addSql(`create index "events_occurred_at_index" on "events" ("occurred_at");`);
    this.addSql(`alter table "events" add constraint "events_user_id_sequence_unique" unique ("user_id", "sequence");`);

    this.addSql(`create table "daily_balances" ("id" uuid not null, "created_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, "user_id" uuid not null, "exchange_id" uuid not null, "identifier" text not null, "asset" text not null, "date" date not null, "balance" numeric(38,18) not null, primary key ("id"));`);
    this.addSql(`create index "daily_balances_exchange_id_index" on "daily_balances" ("exchange_id");`);
    this.addSql(`create index "daily_balances_user_id_date_id_index" on "daily_balances" ("user_id", "date", "id");`);
    this.addSql(`alter table "daily_balances" add constraint "daily_balances_user_id_exchange_id_identifier_asset_date_unique" unique ("user_id", "exchange_id", "identifier", "asset", "date");`);

    this.addSql(`create table "backtests" ("id" uuid not null, "created_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, "version" int not null default 1, "user_id" uuid not null, "strategy_id" uuid not null, "name" text null, "exchange_id" uuid not null, "symbols" jsonb not null, "timeframe" text not null, "start_date" timestamptz(3) not null, "end_date" timestamptz(3) not null, "market_type" text not null, "leverage" numeric(38,18) not null, "initial_capital" numeric(38,18) not null, "fee_percent" numeric(38,18) not null, "slippage_percent" numeric(38,18) not null, "options" jsonb not null, "parameters" jsonb not null, "strategy_snapshot" jsonb not null, "status" text not null, "progress" double precision not null, "final_capital" double precision null, "total_return" double precision null, "total_trades" int null, "winning_trades" int null, "losing_trades" int null, "win_rate" double precision null, "total_fees" double precision null, "average_profit" double precision null, "sharpe_ratio" double precision null, "sortino_ratio" double precision null, "calmar_ratio" double precision null, "max_drawdown" double precision null, "metrics" jsonb null, "daily_results" jsonb null, "monthly_results" jsonb null, "equity_curve" bytea null, "notes" jsonb null, "data_fingerprint" text null, "result_hash" text null, "error" text null, "started_at" timestamptz(3) null, "finished_at" timestamptz(3) null, primary key ("id"));`);
    this.addSql(`create index "backtests_exchange_id_index" on "backtests" ("exchange_id");`);
    this.addSql(`create index "backtests_status_created_at_index" on "backtests" ("status", "created_at");`);
    this.addSql(`create index "backtests_strategy_id_user_id_created_at_id_index" on "backtests" ("strategy_id", "user_id", "created_at", "id");`);
    this.addSql(`create index "backtests_user_id_created_at_id_index" on "backtests" ("user_id", "created_at", "id");`);

    this.addSql(`create table "monte_carlos" ("id" uuid not null, "created_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, "version" int not null default 1, "user_id" uuid not null, "backtest_id" uuid not null, "method" text not null, "iterations" int not null, "seed" bigint not null, "status" text not null, "progress" double precision not null, "metrics" jsonb null, "bands" bytea null, "error" text null, "started_at" timestamptz(3) null, "finished_at" timestamptz(3) null, primary key ("id"));`);
    this.addSql(`create index "monte_carlos_status_created_at_index" on "monte_carlos" ("status", "created_at");`);
    this.addSql(`create index "monte_carlos_backtest_id_user_id_created_at_id_index" on "monte_carlos" ("backtest_id", "user_id", "created_at", "id");`);
    this.addSql(`create index "monte_carlos_user_id_created_at_id_index" on "monte_carlos" ("user_id", "created_at", "id");`);

    this.addSql(`create table "backtest_trades" ("backtest_id" uuid not null, "ordinal" int not null, "user_id" uuid not null, "symbol" text not null, "side" text not null, "entry_time" timestamptz(3) not null, "entry_price" double precision not null, "exit_time" timestamptz(3) not null, "exit_price" double precision not null, "quantity" double precision not null, "fees" double precision not null, "pnl" double precision not null, "pnl_percent" double precision not null, "exit_reason" text not null, "max_adverse_excursion" double precision null, "max_favorable_excursion" double precision null, primary key ("backtest_id", "ordinal"));`);
    this.addSql(`create index "backtest_trades_user_id_index" on "backtest_trades" ("user_id");`);

    this.addSql(`create table "audit_events" ("id" uuid not null, "user_id" uuid null, "event_type" text not null, "details" jsonb not null, "ip" text null, "occurred_at" timestamptz(3) not null, primary key ("id"));`);
    this.addSql(`create index "audit_events_occurred_at_id_index" on "audit_events" ("occurred_at", "id");`);
    this.addSql(`create index "audit_events_user_id_occurred_at_id_index" on "audit_events" ("user_id", "occurred_at", "id");`);

    this.addSql(`create table "api_keys" ("id" uuid not null, "created_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, "version" int not null default 1, "user_id" uuid not null, "exchange_id" uuid not null, "label" text not null, "encrypted_api_key" text not null, "encrypted_secret" text not null, "encrypted_passphrase" text null, "encrypted_additional_fields" text null, "key_version" int not null, "permission" text not null, "is_valid" boolean not null, "last_validated_at" timestamptz(3) null, "lease_owner" text null, "lease_expires_at" timestamptz(3) null, "lease_token" bigint not null, primary key ("id"));`);
    this.addSql(`create index "api_keys_exchange_id_index" on "api_keys" ("exchange_id");`);
    this.addSql(`create index "api_keys_user_id_created_at_id_index" on "api_keys" ("user_id", "created_at", "id");`);
    this.addSql(`alter table "api_keys" add constraint "api_keys_user_id_label_unique" unique ("user_id", "label");`);

    this.addSql(`create table "bots" ("id" uuid not null, "created_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, "version" int not null default 1, "user_id" uuid not null, "strategy_id" uuid not null, "name" text not null, "exchange_id" uuid not null, "api_key_id" uuid null, "symbol" text not null, "timeframe" text not null, "mode" text not null, "market_type" text not null, "leverage" numeric(38,18) not null, "initial_capital" numeric(38,18) not null, "parameters" jsonb not null, "trading_options" jsonb not null, "position_size_percent" numeric(38,18) null, "position_size_fixed" numeric(38,18) null, "stop_loss_percent" numeric(38,18) null, "take_profit_percent" numeric(38,18) null, "trailing_stop_percent" numeric(38,18) null, "trailing_stop_active" boolean not null, "daily_target_percent" numeric(38,18) null, "max_daily_loss_percent" numeric(38,18) null, "max_daily_trades" int null, "check_interval_seconds" int not null, "auto_transfer_funds" boolean not null, "transfer_amount" numeric(38,18) null, primary key ("id"));`);
    this.addSql(`create index "bots_exchange_id_index" on "bots" ("exchange_id");`);
    this.addSql(`create index "bots_api_key_id_index" on "bots" ("api_key_id");`);
    this.addSql(`create index "bots_strategy_id_user_id_created_at_id_index" on "bots" ("strategy_id", "user_id", "created_at", "id");`);
    this.addSql(`create index "bots_user_id_created_at_id_index" on "bots" ("user_id", "created_at", "id");`);
    this.addSql(`alter table "bots" add constraint "bots_user_id_name_unique" unique ("user_id", "name");`);

    this.addSql(`create table "risk_limits" ("id" uuid not null, "created_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, "version" int not null default 1, "user_id" uuid not null, "strategy_id" uuid null, "exchange_id" uuid null, "bot_id" uuid null, "symbol" text null, "type" text not null, "action" text not null, "value" numeric(38,18) not null, "window_seconds" int null, "is_active" boolean not null, "latched_at" timestamptz(3) null, "latch_reason" text null, "released_at" timestamptz(3) null, "release_reason" text null, primary key ("id"));`);
    this.addSql(`create index "risk_limits_strategy_id_index" on "risk_limits" ("strategy_id");`);
    this.addSql(`create index "risk_limits_exchange_id_index" on "risk_limits" ("exchange_id");`);
    this.addSql(`create index "risk_limits_bot_id_index" on "risk_limits" ("bot_id");`);
    this.addSql(`create index "risk_limits_user_id_created_at_id_index" on "risk_limits" ("user_id", "created_at", "id");`);

    this.addSql(`create table "positions" ("id" uuid not null, "created_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, "version" int not null default 1, "user_id" uuid not null, "bot_id" uuid null, "exchange_id" uuid not null, "symbol" text not null, "market_type" text not null, "side" text not null, "quantity" numeric(38,18) not null, "entry_price" numeric(38,18) not null, "current_price" numeric(38,18) not null, "unrealized_pnl" numeric(38,18) not null, "realized_pnl" numeric(38,18) not null, "leverage" numeric(38,18) not null, "liquidation_price" numeric(38,18) null, "is_open" boolean not null, "opened_at" timestamptz(3) not null, "closed_at" timestamptz(3) null, primary key ("id"));`);
    this.addSql(`create index "positions_exchange_id_index" on "positions" ("exchange_id");`);
    this.addSql(`create index "positions_symbol_exchange_id_is_open_index" on "positions" ("symbol", "exchange_id", "is_open");`);
    this.addSql(`create index "positions_bot_id_user_id_opened_at_id_index" on "positions" ("bot_id", "user_id", "opened_at", "id");`);
    this.addSql(`create index "positions_user_id_opened_at_id_index" on "positions" ("user_id", "opened_at", "id");`);
    this.addSql(`create index "positions_user_id_created_at_id_index" on "positions" ("user_id", "created_at", "id");`);
    this.addSql(`create unique index "positions_one_open_per_bot_and_symbol" on "positions" ("bot_id", "symbol") where "is_open" = true;`);

    this.addSql(`create table "orders" ("id" uuid not null, "created_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, "version" int not null default 1, "user_id" uuid not null, "bot_id" uuid null, "strategy_id" uuid null, "exchange_id" uuid not null, "api_key_id" uuid null, "account" text not null, "symbol" text not null, "side" text not null, "type" text not null, "time_in_force" text not null, "price" numeric(38,18) null, "stop_price" numeric(38,18) null, "amount" numeric(38,18) not null, "filled_amount" numeric(38,18) not null, "average_price" numeric(38,18) null, "cost" numeric(38,18) not null, "fee" numeric(38,18) not null, "status" text not null, "client_order_id" text not null, "exchange_order_id" text null, "signal_key" text null, "attempt" int not null, "fencing_token" bigint null, "reduce_only" boolean not null, "is_paper" boolean not null, "exit_reason" text null, "reject_reason" text null, "submitted_at" timestamptz(3) null, "accepted_at" timestamptz(3) null, "executed_at" timestamptz(3) null, "cancel_requested_at" timestamptz(3) null, "cancel_outcome" text not null, "canceled_at" timestamptz(3) null, "lookup_misses" int not null, "last_lookup_at" timestamptz(3) null, primary key ("id"));`);
    this.addSql(`create index "orders_strategy_id_index" on "orders" ("strategy_id");`);
    this.addSql(`create index "orders_api_key_id_index" on "orders" ("api_key_id");`);
    this.addSql(`alter table "orders" add constraint "orders_client_order_id_unique" unique ("client_order_id");`);
    this.addSql(`create index "orders_status_created_at_index" on "orders" ("status", "created_at");`);
    this.addSql(`create index "orders_bot_id_created_at_index" on "orders" ("bot_id", "created_at");`);
    this.addSql(`create index "orders_bot_id_user_id_created_at_id_index" on "orders" ("bot_id", "user_id", "created_at", "id");`);
    this.addSql(`create index "orders_user_id_created_at_id_index" on "orders" ("user_id", "created_at", "id");`);
    this.addSql(`alter table "orders" add constraint "orders_bot_id_signal_key_unique" unique ("bot_id", "signal_key");`);
    this.addSql(`alter table "orders" add constraint "orders_exchange_id_account_symbol_exchange_order_id_unique" unique ("exchange_id", "account", "symbol", "exchange_order_id");`);

    this.addSql(`create table "trades" ("id" uuid not null, "created_at" timestamptz(3) not null, "user_id" uuid not null, "bot_id" uuid null, "strategy_id" uuid null, "order_id" uuid not null, "position_id" uuid null, "exchange_id" uuid not null, "account" text not null, "exchange_trade_id" text not null, "symbol" text not null, "side" text not null, "type" text not null, "price" numeric(38,18) not null, "amount" numeric(38,18) not null, "cost" numeric(38,18) not null, "fee" numeric(38,18) not null, "fee_currency" text not null, "fee_in_quote" numeric(38,18) null, "pnl" numeric(38,18) not null, "realized_pnl" numeric(38,18) not null, "liquidity" text not null, "is_paper" boolean not null, "metadata" jsonb not null, "executed_at" timestamptz(3) not null, primary key ("id"));`);
    this.addSql(`create index "trades_strategy_id_index" on "trades" ("strategy_id");`);
    this.addSql(`create index "trades_position_id_index" on "trades" ("position_id");`);
    this.addSql(`create index "trades_symbol_executed_at_index" on "trades" ("symbol", "executed_at");`);
    this.addSql(`create index "trades_order_id_user_id_executed_at_id_index" on "trades" ("order_id", "user_id", "executed_at", "id");`);
    this.addSql(`create index "trades_bot_id_executed_at_index" on "trades" ("bot_id", "executed_at");`);
    this.addSql(`create index "trades_bot_id_user_id_executed_at_id_index" on "trades" ("bot_id", "user_id", "executed_at", "id");`);
    this.addSql(`create index "trades_user_id_executed_at_id_index" on "trades" ("user_id", "executed_at", "id");`);
    this.addSql(`alter table "trades" add constraint "trades_exchange_id_account_symbol_exchange_trade_id_unique" unique ("exchange_id", "account", "symbol", "exchange_trade_id");`);

    this.addSql(`create table "log_entries" ("id" uuid not null, "user_id" uuid null, "bot_id" uuid null, "backtest_id" uuid null, "optimization_id" uuid null, "level" text not null, "message" text not null, "fields" jsonb not null, "timestamp" timestamptz(3) not null, primary key ("id"));`);
    this.addSql(`create index "log_entries_timestamp_index" on "log_entries" ("timestamp");`);
    this.addSql(`create index "log_entries_optimization_id_user_id_timestamp_id_index" on "log_entries" ("optimization_id", "user_id", "timestamp", "id");`);
    this.addSql(`create index "log_entries_backtest_id_user_id_timestamp_id_index" on "log_entries" ("backtest_id", "user_id", "timestamp", "id");`);
    this.addSql(`create index "log_entries_bot_id_user_id_timestamp_id_index" on "log_entries" ("bot_id", "user_id", "timestamp", "id");`);
    this.addSql(`create index "log_entries_user_id_timestamp_id_index" on "log_entries" ("user_id", "timestamp", "id");`);

    this.addSql(`create table "closed_trades" ("id" uuid not null, "created_at" timestamptz(3) not null, "user_id" uuid not null, "bot_id" uuid null, "position_id" uuid null, "strategy_name" text not null, "exchange_id" uuid not null, "symbol" text not null, "side" text not null, "quantity" numeric(38,18) not null, "entry_price" numeric(38,18) not null, "exit_price" numeric(38,18) not null, "fees" numeric(38,18) not null, "pnl" numeric(38,18) not null, "pnl_percent" numeric(38,18) not null, "leverage" numeric(38,18) not null, "exit_reason" text not null, "is_paper" boolean not null, "opened_at" timestamptz(3) not null, "closed_at" timestamptz(3) not null, primary key ("id"));`);
    this.addSql(`create index "closed_trades_position_id_index" on "closed_trades" ("position_id");`);
    this.addSql(`create index "closed_trades_exchange_id_index" on "closed_trades" ("exchange_id");`);
    this.addSql(`create index "closed_trades_bot_id_user_id_closed_at_id_index" on "closed_trades" ("bot_id", "user_id", "closed_at", "id");`);
    this.addSql(`create index "closed_trades_user_id_created_at_id_index" on "closed_trades" ("user_id", "created_at", "id");`);
    this.addSql(`create index "closed_trades_user_id_closed_at_id_index" on "closed_trades" ("user_id", "closed_at", "id");`);

    this.addSql(`create table "bot_states" ("bot_id" uuid not null, "user_id" uuid not null, "status" text not null, "in_position" boolean not null, "position_side" text null, "entry_price" numeric(38,18) null, "position_size" numeric(38,18) null, "trailing_stop_price" numeric(38,18) null, "max_price_since_entry" numeric(38,18) null, "take_profit_price" numeric(38,18) null, "stop_loss_price" numeric(38,18) null, "daily_pnl" numeric(38,18) not null, "daily_trades_count" int not null, "daily_date" date null, "session" jsonb not null, "last_candle_at" timestamptz(3) null, "last_run_at" timestamptz(3) null, "last_error_message" text null, "lease_owner" text null, "lease_expires_at" timestamptz(3) null, "lease_token" bigint not null, "created_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, "version" int not null default 1, primary key ("bot_id"));`);
    this.addSql(`create index "bot_states_user_id_index" on "bot_states" ("user_id");`);
    this.addSql(`create index "bot_states_status_index" on "bot_states" ("status");`);

    this.addSql(`create table "alerts" ("id" uuid not null, "created_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, "version" int not null default 1, "user_id" uuid not null, "name" text not null, "type" text not null, "condition" jsonb not null, "channels" jsonb not null, "cooldown_seconds" int not null, "is_active" boolean not null, "triggered_at" timestamptz(3) null, primary key ("id"));`);
    this.addSql(`create index "alerts_is_active_type_index" on "alerts" ("is_active", "type");`);
    this.addSql(`create index "alerts_user_id_created_at_id_index" on "alerts" ("user_id", "created_at", "id");`);

    this.addSql(`create table "access_tokens" ("id" uuid not null, "created_at" timestamptz(3) not null, "user_id" uuid not null, "name" text not null, "token_hash" text not null, "scopes" jsonb not null, "expires_at" timestamptz(3) null, "last_used_at" timestamptz(3) null, "revoked_at" timestamptz(3) null, primary key ("id"));`);
    this.addSql(`alter table "access_tokens" add constraint "access_tokens_token_hash_unique" unique ("token_hash");`);
    this.addSql(`create index "access_tokens_user_id_created_at_id_index" on "access_tokens" ("user_id", "created_at", "id");`);

    this.addSql(`alter table "candles" add constraint "candles_make_sense" check (low <= high and volume >= '0'::double precision);`);
    this.addSql(`alter table "candles" add constraint "candles_timeframe_check" check ("timeframe" in ('M1', 'M3', 'M5', 'M15', 'M30', 'H1', 'H2', 'H4', 'H6', 'H12', 'D1', 'W1'));`);

    this.addSql(`alter table "exchanges" add constraint "exchanges_name_check" check (length(name) >= 1 and length(name) <= 60);`);
    this.addSql(`alter table "exchanges" add constraint "exchanges_display_name_check" check (length(display_name) >= 1 and length(display_name) <= 120);`);

    this.addSql(`alter table "markets" add constraint "markets_exchange_id_foreign" foreign key ("exchange_id") references "exchanges" ("id") on delete restrict;`);
    this.addSql(`alter table "markets" add constraint "markets_symbol_check" check (length(symbol) >= 1 and length(symbol) <= 60);`);
    this.addSql(`alter table "markets" add constraint "markets_base_asset_check" check (length(base_asset) >= 1 and length(base_asset) <= 30);`);
    this.addSql(`alter table "markets" add constraint "markets_quote_asset_check" check (length(quote_asset) >= 1 and length(quote_asset) <= 30);`);
    this.addSql(`alter table "markets" add constraint "markets_tick_size_check" check (tick_size > '0');`);
    this.addSql(`alter table "markets" add constraint "markets_step_size_check" check (step_size > '0');`);
    this.addSql(`alter table "markets" add constraint "markets_min_notional_check" check (min_notional >= '0');`);
    this.addSql(`alter table "markets" add constraint "markets_kind_check" check ("kind" in ('SPOT', 'FUTURES'));`);

    this.addSql(`alter table "market_trades" add constraint "market_trades_buy_quantity_check" check (buy_quantity >= '0'::double precision);`);
    this.addSql(`alter table "market_trades" add constraint "market_trades_sell_quantity_check" check (sell_quantity >= '0'::double precision);`);
    this.addSql(`alter table "market_trades" add constraint "market_trades_buy_count_check" check (buy_count >= 0);`);
    this.addSql(`alter table "market_trades" add constraint "market_trades_count_from_zero" check (sell_count >= 0);`);

    this.addSql(`alter table "tickers" add constraint "tickers_make_sense" check (low_price <= high_price and volume >= '0'::double precision);`);

    this.addSql(`alter table "users" add constraint "users_email_check" check (length(email) >= 3 and length(email) <= 254);`);
    this.addSql(`alter table "users" add constraint "users_password_hash_check" check (length(password_hash) >= 1 and length(password_hash) <= 500);`);
    this.addSql(`alter table "users" add constraint "users_reset_token_hash_check" check (length(reset_token_hash) <= 128);`);
    this.addSql(`alter table "users" add constraint "users_last_event_sequence_check" check (last_event_sequence >= 0);`);
    this.addSql(`alter table "users" add constraint "users_role_check" check ("role" in ('ADMIN', 'TRADER', 'VIEWER'));`);

    this.addSql(`alter table "strategies" add constraint "strategies_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete restrict;`);
    this.addSql(`alter table "strategies" add constraint "strategies_name_check" check (length(name) >= 1 and length(name) <= 120);`);
    this.addSql(`alter table "strategies" add constraint "strategies_description_check" check (length(description) <= 4000);`);
    this.addSql(`alter table "strategies" add constraint "strategies_kind_check" check ("kind" in ('BUILT_IN', 'RULES', 'PLUGIN'));`);
    this.addSql(`alter table "strategies" add constraint "strategies_status_check" check ("status" in ('ACTIVE', 'INACTIVE'));`);

    this.addSql(`alter table "settings" add constraint "settings_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`);
    this.addSql(`alter table "settings" add constraint "settings_key_check" check (length(key) >= 1 and length(key) <= 200);`);

    this.addSql(`alter table "refresh_tokens" add constraint "refresh_tokens_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`);
    this.addSql(`alter table "refresh_tokens" add constraint "refresh_tokens_token_hash_check" check (length(token_hash) >= 1 and length(token_hash) <= 128);`);
    this.addSql(`alter table "refresh_tokens" add constraint "refresh_tokens_user_agent_check" check (length(user_agent) <= 500);`);
    this.addSql(`alter table "refresh_tokens" add constraint "refresh_tokens_ip_check" check (length(ip) <= 64);`);

    this.addSql(`alter table "rebalancing_events" add constraint "rebalancing_events_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete restrict;`);
    this.addSql(`alter table "rebalancing_events" add constraint "rebalancing_events_exchange_id_foreign" foreign key ("exchange_id") references "exchanges" ("id") on delete restrict;`);
    this.addSql(`alter table "rebalancing_events" add constraint "rebalancing_events_error_check" check (length(error) <= 2000);`);
    this.addSql(`alter table "rebalancing_events" add constraint "rebalancing_events_status_check" check ("status" in ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELED'));`);

    this.addSql(`alter table "portfolio_snapshots" add constraint "portfolio_snapshots_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`);
    this.addSql(`alter table "portfolio_snapshots" add constraint "portfolio_snapshots_exchange_id_foreign" foreign key ("exchange_id") references "exchanges" ("id") on delete restrict;`);

    this.addSql(`alter table "optimizations" add constraint "optimizations_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete restrict;`);
    this.addSql(`alter table "optimizations" add constraint "optimizations_strategy_id_foreign" foreign key ("strategy_id") references "strategies" ("id") on delete restrict;`);
    this.addSql(`alter table "optimizations" add constraint "optimizations_exchange_id_foreign" foreign key ("exchange_id") references "exchanges" ("id") on delete restrict;`);
    this.addSql(`alter table "optimizations" add constraint "optimizations_name_check" check (length(name) <= 120);`);
    this.addSql(`alter table "optimizations" add constraint "optimizations_leverage_check" check (leverage >= '1' and leverage <= '125');`);
    this.addSql(`alter table "optimizations" add constraint "optimizations_initial_capital_check" check (initial_capital > '0');`);
    this.addSql(`alter table "optimizations" add constraint "optimizations_objective_check" check (length(objective) >= 1 and length(objective) <= 60);`);
    this.addSql(`alter table "optimizations" add constraint "optimizations_seed_check" check (seed >= 0);`);
    this.addSql(`alter table "optimizations" add constraint "optimizations_progress_check" check (progress >= '0'::double precision and progress <= '100'::double precision);`);
    this.addSql(`alter table "optimizations" add constraint "optimizations_error_check" check (length(error) <= 4000);`);
    this.addSql(`alter table "optimizations" add constraint "optimizations_starts_before_end" check (start_date < end_date);`);
    this.addSql(`alter table "optimizations" add constraint "optimizations_timeframe_check" check ("timeframe" in ('M1', 'M3', 'M5', 'M15', 'M30', 'H1', 'H2', 'H4', 'H6', 'H12', 'D1', 'W1'));`);
    this.addSql(`alter table "optimizations" add constraint "optimizations_market_type_check" check ("market_type" in ('SPOT', 'FUTURES'));`);
    this.addSql(`alter table "optimizations" add constraint "optimizations_algorithm_check" check ("algorithm" in ('GRID', 'RANDOM', 'GENETIC'));`);
    this.addSql(`alter table "optimizations" add constraint "optimizations_status_check" check ("status" in ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELED'));`);

    this.addSql(`alter table "optimization_trials" add constraint "optimization_trials_optimization_id_foreign" foreign key ("optimization_id") references "optimizations" ("id") on delete cascade;`);
    this.addSql(`alter table "optimization_trials" add constraint "optimization_trials_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete restrict;`);

    this.addSql(`alter table "notification_channels" add constraint "notification_channels_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`);
    this.addSql(`alter table "notification_channels" add constraint "notification_channels_label_check" check (length(label) >= 1 and length(label) <= 120);`);
    this.addSql(`alter table "notification_channels" add constraint "notification_channels_encrypted_fields_check" check (length(encrypted_fields) >= 1 and length(encrypted_fields) <= 32768);`);
    this.addSql(`alter table "notification_channels" add constraint "notification_channels_driver_check" check ("driver" in ('TELEGRAM', 'DISCORD', 'SLACK', 'WEBHOOK', 'EMAIL'));`);

    this.addSql(`alter table "idempotency_keys" add constraint "idempotency_keys_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`);
    this.addSql(`alter table "idempotency_keys" add constraint "idempotency_keys_request_hash_check" check (length(request_hash) >= 1 and length(request_hash) <= 128);`);

    this.addSql(`alter table "events" add constraint "events_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`);
    this.addSql(`alter table "events" add constraint "events_sequence_check" check (sequence >= 1);`);
    this.addSql(`alter table "events" add constraint "events_type_check" check ("type" in ('ORDER_CHANGED', 'ORDER_FILLED', 'POSITION_CHANGED', 'POSITION_CLOSED', 'BOT_CHANGED', 'BOT_STATE_CHANGED', 'BOT_DELETED', 'BALANCE_CHANGED', 'JOB_PROGRESSED', 'RISK_LIMIT_REACHED', 'ALERT_TRIGGERED'));`);

    this.addSql(`alter table "daily_balances" add constraint "daily_balances_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete restrict;`);
    this.addSql(`alter table "daily_balances" add constraint "daily_balances_exchange_id_foreign" foreign key ("exchange_id") references "exchanges" ("id") on delete restrict;`);
    this.addSql(`alter table "daily_balances" add constraint "daily_balances_identifier_check" check (length(identifier) >= 1 and length(identifier) <= 120);`);
    this.addSql(`alter table "daily_balances" add constraint "daily_balances_asset_check" check (length(asset) >= 1 and length(asset) <= 30);`);

    this.addSql(`alter table "backtests" add constraint "backtests_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete restrict;`);
    this.addSql(`alter table "backtests" add constraint "backtests_strategy_id_foreign" foreign key ("strategy_id") references "strategies" ("id") on delete restrict;`);
    this.addSql(`alter table "backtests" add constraint "backtests_exchange_id_foreign" foreign key ("exchange_id") references "exchanges" ("id") on delete restrict;`);
    this.addSql(`alter table "backtests" add constraint "backtests_name_check" check (length(name) <= 120);`);
    this.addSql(`alter table "backtests" add constraint "backtests_leverage_check" check (leverage >= '1' and leverage <= '125');`);
    this.addSql(`alter table "backtests" add constraint "backtests_initial_capital_check" check (initial_capital > '0');`);
    this.addSql(`alter table "backtests" add constraint "backtests_fee_percent_check" check (fee_percent >= '0');`);
    this.addSql(`alter table "backtests" add constraint "backtests_slippage_percent_check" check (slippage_percent >= '0');`);
    this.addSql(`alter table "backtests" add constraint "backtests_progress_check" check (progress >= '0'::double precision and progress <= '100'::double precision);`);
    this.addSql(`alter table "backtests" add constraint "backtests_total_trades_check" check (total_trades >= 0);`);
    this.addSql(`alter table "backtests" add constraint "backtests_winning_trades_check" check (winning_trades >= 0);`);
    this.addSql(`alter table "backtests" add constraint "backtests_losing_trades_check" check (losing_trades >= 0);`);
    this.addSql(`alter table "backtests" add constraint "backtests_data_fingerprint_check" check (length(data_fingerprint) <= 128);`);
    this.addSql(`alter table "backtests" add constraint "backtests_result_hash_check" check (length(result_hash) <= 128);`);
    this.addSql(`alter table "backtests" add constraint "backtests_error_check" check (length(error) <= 4000);`);
    this.addSql(`alter table "backtests" add constraint "backtests_starts_before_end" check (start_date < end_date);`);
    this.addSql(`alter table "backtests" add constraint "backtests_timeframe_check" check ("timeframe" in ('M1', 'M3', 'M5', 'M15', 'M30', 'H1', 'H2', 'H4', 'H6', 'H12', 'D1', 'W1'));`);
    this.addSql(`alter table "backtests" add constraint "backtests_market_type_check" check ("market_type" in ('SPOT', 'FUTURES'));`);
    this.addSql(`alter table "backtests" add constraint "backtests_status_check" check ("status" in ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELED'));`);

    this.addSql(`alter table "monte_carlos" add constraint "monte_carlos_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete restrict;`);
    this.addSql(`alter table "monte_carlos" add constraint "monte_carlos_backtest_id_foreign" foreign key ("backtest_id") references "backtests" ("id") on delete cascade;`);
    this.addSql(`alter table "monte_carlos" add constraint "monte_carlos_iterations_check" check (iterations >= 1 and iterations <= 1000000);`);
    this.addSql(`alter table "monte_carlos" add constraint "monte_carlos_seed_check" check (seed >= 0);`);
    this.addSql(`alter table "monte_carlos" add constraint "monte_carlos_progress_check" check (progress >= '0'::double precision and progress <= '100'::double precision);`);
    this.addSql(`alter table "monte_carlos" add constraint "monte_carlos_error_check" check (length(error) <= 4000);`);
    this.addSql(`alter table "monte_carlos" add constraint "monte_carlos_method_check" check ("method" in ('TRADE_SHUFFLE', 'TRADE_BOOTSTRAP', 'CANDLE_BOOTSTRAP'));`);
    this.addSql(`alter table "monte_carlos" add constraint "monte_carlos_status_check" check ("status" in ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELED'));`);

    this.addSql(`alter table "backtest_trades" add constraint "backtest_trades_backtest_id_foreign" foreign key ("backtest_id") references "backtests" ("id") on delete cascade;`);
    this.addSql(`alter table "backtest_trades" add constraint "backtest_trades_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete restrict;`);
    this.addSql(`alter table "backtest_trades" add constraint "backtest_trades_symbol_check" check (length(symbol) >= 1 and length(symbol) <= 60);`);
    this.addSql(`alter table "backtest_trades" add constraint "backtest_trades_side_check" check ("side" in ('LONG', 'SHORT'));`);
    this.addSql(`alter table "backtest_trades" add constraint "backtest_trades_exit_reason_check" check ("exit_reason" in ('SIGNAL', 'STOP_LOSS', 'TAKE_PROFIT', 'TRAILING_STOP', 'LIQUIDATION', 'MANUAL', 'RISK_LIMIT', 'END_OF_DATA'));`);

    this.addSql(`alter table "audit_events" add constraint "audit_events_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete restrict;`);
    this.addSql(`alter table "audit_events" add constraint "audit_events_ip_check" check (length(ip) <= 64);`);
    this.addSql(`alter table "audit_events" add constraint "audit_events_event_type_check" check ("event_type" in ('SIGNED_UP', 'SIGNED_IN', 'SIGN_IN_FAILED', 'SIGNED_OUT', 'REFRESH_TOKEN_REUSED', 'PASSWORD_CHANGED', 'PASSWORD_RESET_REQUESTED', 'PASSWORD_RESET', 'USER_CHANGED', 'ACCESS_TOKEN_CREATED', 'ACCESS_TOKEN_REVOKED', 'API_KEY_CREATED', 'API_KEY_USED', 'API_KEY_CHANGED', 'API_KEY_DELETED', 'BOT_STARTED', 'BOT_STOPPED', 'LIMITS_CHANGED', 'BACKUP_CREATED', 'BACKUP_RESTORED'));`);

    this.addSql(`alter table "api_keys" add constraint "api_keys_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete restrict;`);
    this.addSql(`alter table "api_keys" add constraint "api_keys_exchange_id_foreign" foreign key ("exchange_id") references "exchanges" ("id") on delete restrict;`);
    this.addSql(`alter table "api_keys" add constraint "api_keys_label_check" check (length(label) >= 1 and length(label) <= 120);`);
    this.addSql(`alter table "api_keys" add constraint "api_keys_encrypted_api_key_check" check (length(encrypted_api_key) >= 1 and length(encrypted_api_key) <= 8192);`);
    this.addSql(`alter table "api_keys" add constraint "api_keys_encrypted_secret_check" check (length(encrypted_secret) >= 1 and length(encrypted_secret) <= 32768);`);
    this.addSql(`alter table "api_keys" add constraint "api_keys_encrypted_passphrase_check" check (length(encrypted_passphrase) <= 8192);`);
    this.addSql(`alter table "api_keys" add constraint "api_keys_encrypted_additional_fields_check" check (length(encrypted_additional_fields) <= 32768);`);
    this.addSql(`alter table "api_keys" add constraint "api_keys_key_version_check" check (key_version >= 1);`);
    this.addSql(`alter table "api_keys" add constraint "api_keys_lease_owner_check" check (length(lease_owner) <= 120);`);
    this.addSql(`alter table "api_keys" add constraint "api_keys_lease_token_check" check (lease_token >= 0);`);
    this.addSql(`alter table "api_keys" add constraint "api_keys_permission_check" check ("permission" in ('READ_ONLY', 'TRADE'));`);

    this.addSql(`alter table "bots" add constraint "bots_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete restrict;`);
    this.addSql(`alter table "bots" add constraint "bots_strategy_id_foreign" foreign key ("strategy_id") references "strategies" ("id") on delete restrict;`);
    this.addSql(`alter table "bots" add constraint "bots_exchange_id_foreign" foreign key ("exchange_id") references "exchanges" ("id") on delete restrict;`);
    this.addSql(`alter table "bots" add constraint "bots_api_key_id_foreign" foreign key ("api_key_id") references "api_keys" ("id") on delete set null;`);
    this.addSql(`alter table "bots" add constraint "bots_name_check" check (length(name) >= 1 and length(name) <= 120);`);
    this.addSql(`alter table "bots" add constraint "bots_symbol_check" check (length(symbol) >= 1 and length(symbol) <= 60);`);
    this.addSql(`alter table "bots" add constraint "bots_leverage_check" check (leverage >= '1' and leverage <= '125');`);
    this.addSql(`alter table "bots" add constraint "bots_initial_capital_check" check (initial_capital > '0');`);
    this.addSql(`alter table "bots" add constraint "bots_position_size_percent_check" check (position_size_percent > '0' and position_size_percent <= '100');`);
    this.addSql(`alter table "bots" add constraint "bots_position_size_fixed_check" check (position_size_fixed > '0');`);
    this.addSql(`alter table "bots" add constraint "bots_stop_loss_percent_check" check (stop_loss_percent > '0' and stop_loss_percent <= '100');`);
    this.addSql(`alter table "bots" add constraint "bots_take_profit_percent_check" check (take_profit_percent > '0');`);
    this.addSql(`alter table "bots" add constraint "bots_trailing_stop_percent_check" check (trailing_stop_percent > '0' and trailing_stop_percent <= '100');`);
    this.addSql(`alter table "bots" add constraint "bots_daily_target_percent_check" check (daily_target_percent > '0');`);
    this.addSql(`alter table "bots" add constraint "bots_max_daily_loss_percent_check" check (max_daily_loss_percent > '0' and max_daily_loss_percent <= '100');`);
    this.addSql(`alter table "bots" add constraint "bots_max_daily_trades_check" check (max_daily_trades >= 1);`);
    this.addSql(`alter table "bots" add constraint "bots_check_interval_seconds_check" check (check_interval_seconds >= 1);`);
    this.addSql(`alter table "bots" add constraint "bots_transfer_amount_check" check (transfer_amount > '0');`);
    this.addSql(`alter table "bots" add constraint "bots_spot_has_no_leverage" check (market_type <> 'SPOT' or leverage = '1');`);
    this.addSql(`alter table "bots" add constraint "bots_timeframe_check" check ("timeframe" in ('M1', 'M3', 'M5', 'M15', 'M30', 'H1', 'H2', 'H4', 'H6', 'H12', 'D1', 'W1'));`);
    this.addSql(`alter table "bots" add constraint "bots_mode_check" check ("mode" in ('PAPER', 'LIVE'));`);
    this.addSql(`alter table "bots" add constraint "bots_market_type_check" check ("market_type" in ('SPOT', 'FUTURES'));`);

    this.addSql(`alter table "risk_limits" add constraint "risk_limits_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete restrict;`);
    this.addSql(`alter table "risk_limits" add constraint "risk_limits_strategy_id_foreign" foreign key ("strategy_id") references "strategies" ("id") on delete cascade;`);
    this.addSql(`alter table "risk_limits" add constraint "risk_limits_exchange_id_foreign" foreign key ("exchange_id") references "exchanges" ("id") on delete restrict;`);
    this.addSql(`alter table "risk_limits" add constraint "risk_limits_bot_id_foreign" foreign key ("bot_id") references "bots" ("id") on delete cascade;`);
    this.addSql(`alter table "risk_limits" add constraint "risk_limits_symbol_check" check (length(symbol) <= 60);`);
    this.addSql(`alter table "risk_limits" add constraint "risk_limits_value_check" check (value >= '0');`);
    this.addSql(`alter table "risk_limits" add constraint "risk_limits_window_seconds_check" check (window_seconds >= 1);`);
    this.addSql(`alter table "risk_limits" add constraint "risk_limits_latch_reason_check" check (length(latch_reason) <= 2000);`);
    this.addSql(`alter table "risk_limits" add constraint "risk_limits_release_reason_check" check (length(release_reason) <= 2000);`);
    this.addSql(`alter table "risk_limits" add constraint "risk_limits_type_check" check ("type" in ('MAX_POSITION_VALUE', 'MAX_EXPOSURE', 'MAX_DAILY_LOSS', 'MAX_DRAWDOWN', 'MAX_OPEN_ORDERS', 'MAX_ORDERS_PER_MINUTE', 'MAX_DAILY_TRADES', 'MAX_LEVERAGE', 'COOLDOWN_AFTER_EXIT', 'STOP_LOSS_GUARD', 'SYMBOL_LOCK'));`);
    this.addSql(`alter table "risk_limits" add constraint "risk_limits_action_check" check ("action" in ('BLOCK_ENTRIES', 'CANCEL_ORDERS', 'FLATTEN'));`);

    this.addSql(`alter table "positions" add constraint "positions_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete restrict;`);
    this.addSql(`alter table "positions" add constraint "positions_bot_id_foreign" foreign key ("bot_id") references "bots" ("id") on delete set null;`);
    this.addSql(`alter table "positions" add constraint "positions_exchange_id_foreign" foreign key ("exchange_id") references "exchanges" ("id") on delete restrict;`);
    this.addSql(`alter table "positions" add constraint "positions_symbol_check" check (length(symbol) >= 1 and length(symbol) <= 60);`);
    this.addSql(`alter table "positions" add constraint "positions_quantity_check" check (quantity >= '0');`);
    this.addSql(`alter table "positions" add constraint "positions_entry_price_check" check (entry_price > '0');`);
    this.addSql(`alter table "positions" add constraint "positions_current_price_check" check (current_price >= '0');`);
    this.addSql(`alter table "positions" add constraint "positions_leverage_check" check (leverage >= '1' and leverage <= '125');`);
    this.addSql(`alter table "positions" add constraint "positions_liquidation_price_check" check (liquidation_price >= '0');`);
    this.addSql(`alter table "positions" add constraint "positions_open_has_bot" check (not is_open or bot_id is not null);`);
    this.addSql(`alter table "positions" add constraint "positions_closed_has_time" check ((closed_at is null) = is_open);`);
    this.addSql(`alter table "positions" add constraint "positions_market_type_check" check ("market_type" in ('SPOT', 'FUTURES'));`);
    this.addSql(`alter table "positions" add constraint "positions_side_check" check ("side" in ('LONG', 'SHORT'));`);

    this.addSql(`alter table "orders" add constraint "orders_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete restrict;`);
    this.addSql(`alter table "orders" add constraint "orders_bot_id_foreign" foreign key ("bot_id") references "bots" ("id") on delete set null;`);
    this.addSql(`alter table "orders" add constraint "orders_strategy_id_foreign" foreign key ("strategy_id") references "strategies" ("id") on delete set null;`);
    this.addSql(`alter table "orders" add constraint "orders_exchange_id_foreign" foreign key ("exchange_id") references "exchanges" ("id") on delete restrict;`);
    this.addSql(`alter table "orders" add constraint "orders_api_key_id_foreign" foreign key ("api_key_id") references "api_keys" ("id") on delete set null;`);
    this.addSql(`alter table "orders" add constraint "orders_account_check" check (length(account) >= 1 and length(account) <= 120);`);
    this.addSql(`alter table "orders" add constraint "orders_symbol_check" check (length(symbol) >= 1 and length(symbol) <= 60);`);
    this.addSql(`alter table "orders" add constraint "orders_price_check" check (price > '0');`);
    this.addSql(`alter table "orders" add constraint "orders_stop_price_check" check (stop_price > '0');`);
    this.addSql(`alter table "orders" add constraint "orders_amount_check" check (amount > '0');`);
    this.addSql(`alter table "orders" add constraint "orders_filled_amount_check" check (filled_amount >= '0');`);
    this.addSql(`alter table "orders" add constraint "orders_average_price_check" check (average_price >= '0');`);
    this.addSql(`alter table "orders" add constraint "orders_cost_check" check (cost >= '0');`);
    this.addSql(`alter table "orders" add constraint "orders_client_order_id_check" check (length(client_order_id) >= 1 and length(client_order_id) <= 64);`);
    this.addSql(`alter table "orders" add constraint "orders_exchange_order_id_check" check (length(exchange_order_id) <= 120);`);
    this.addSql(`alter table "orders" add constraint "orders_signal_key_check" check (length(signal_key) <= 200);`);
    this.addSql(`alter table "orders" add constraint "orders_attempt_check" check (attempt >= 1);`);
    this.addSql(`alter table "orders" add constraint "orders_fencing_token_check" check (fencing_token >= 0);`);
    this.addSql(`alter table "orders" add constraint "orders_reject_reason_check" check (length(reject_reason) <= 2000);`);
    this.addSql(`alter table "orders" add constraint "orders_lookup_misses_check" check (lookup_misses >= 0);`);
    this.addSql(`alter table "orders" add constraint "orders_stop_has_stop_price" check (type = 'MARKET' or type = 'LIMIT' or stop_price is not null);`);
    this.addSql(`alter table "orders" add constraint "orders_limit_has_price" check (type = 'MARKET' or type = 'STOP' or price is not null);`);
    this.addSql(`alter table "orders" add constraint "orders_side_check" check ("side" in ('BUY', 'SELL'));`);
    this.addSql(`alter table "orders" add constraint "orders_type_check" check ("type" in ('MARKET', 'LIMIT', 'STOP', 'STOP_LIMIT'));`);
    this.addSql(`alter table "orders" add constraint "orders_time_in_force_check" check ("time_in_force" in ('GTC', 'IOC', 'FOK', 'POST_ONLY'));`);
    this.addSql(`alter table "orders" add constraint "orders_status_check" check ("status" in ('INTENT', 'SENT', 'ACCEPTED', 'PARTIALLY_FILLED', 'FILLED', 'REJECTED', 'UNKNOWN', 'CANCELED', 'EXPIRED', 'ABSENT', 'ABANDONED'));`);
    this.addSql(`alter table "orders" add constraint "orders_exit_reason_check" check ("exit_reason" in ('SIGNAL', 'STOP_LOSS', 'TAKE_PROFIT', 'TRAILING_STOP', 'LIQUIDATION', 'MANUAL', 'RISK_LIMIT', 'END_OF_DATA'));`);
    this.addSql(`alter table "orders" add constraint "orders_cancel_outcome_check" check ("cancel_outcome" in ('NONE', 'PENDING', 'UNKNOWN', 'REFUSED'));`);

    this.addSql(`alter table "trades" add constraint "trades_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete restrict;`);
    this.addSql(`alter table "trades" add constraint "trades_bot_id_foreign" foreign key ("bot_id") references "bots" ("id") on delete set null;`);
    this.addSql(`alter table "trades" add constraint "trades_strategy_id_foreign" foreign key ("strategy_id") references "strategies" ("id") on delete set null;`);
    this.addSql(`alter table "trades" add constraint "trades_order_id_foreign" foreign key ("order_id") references "orders" ("id") on delete restrict;`);
    this.addSql(`alter table "trades" add constraint "trades_position_id_foreign" foreign key ("position_id") references "positions" ("id") on delete restrict;`);
    this.addSql(`alter table "trades" add constraint "trades_exchange_id_foreign" foreign key ("exchange_id") references "exchanges" ("id") on delete restrict;`);
    this.addSql(`alter table "trades" add constraint "trades_account_check" check (length(account) >= 1 and length(account) <= 120);`);
    this.addSql(`alter table "trades" add constraint "trades_exchange_trade_id_check" check (length(exchange_trade_id) >= 1 and length(exchange_trade_id) <= 120);`);
    this.addSql(`alter table "trades" add constraint "trades_symbol_check" check (length(symbol) >= 1 and length(symbol) <= 60);`);
    this.addSql(`alter table "trades" add constraint "trades_price_check" check (price > '0');`);
    this.addSql(`alter table "trades" add constraint "trades_amount_check" check (amount > '0');`);
    this.addSql(`alter table "trades" add constraint "trades_cost_check" check (cost >= '0');`);
    this.addSql(`alter table "trades" add constraint "trades_fee_currency_check" check (length(fee_currency) >= 1 and length(fee_currency) <= 30);`);
    this.addSql(`alter table "trades" add constraint "trades_side_check" check ("side" in ('BUY', 'SELL'));`);
    this.addSql(`alter table "trades" add constraint "trades_type_check" check ("type" in ('MARKET', 'LIMIT', 'STOP', 'STOP_LIMIT'));`);
    this.addSql(`alter table "trades" add constraint "trades_liquidity_check" check ("liquidity" in ('MAKER', 'TAKER'));`);

    this.addSql(`alter table "log_entries" add constraint "log_entries_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`);
    this.addSql(`alter table "log_entries" add constraint "log_entries_bot_id_foreign" foreign key ("bot_id") references "bots" ("id") on delete cascade;`);
    this.addSql(`alter table "log_entries" add constraint "log_entries_backtest_id_foreign" foreign key ("backtest_id") references "backtests" ("id") on delete cascade;`);
    this.addSql(`alter table "log_entries" add constraint "log_entries_optimization_id_foreign" foreign key ("optimization_id") references "optimizations" ("id") on delete cascade;`);
    this.addSql(`alter table "log_entries" add constraint "log_entries_message_check" check (length(message) <= 8000);`);
    this.addSql(`alter table "log_entries" add constraint "log_entries_level_check" check ("level" in ('DEBUG', 'INFO', 'WARN', 'ERROR'));`);

    this.addSql(`alter table "closed_trades" add constraint "closed_trades_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete restrict;`);
    this.addSql(`alter table "closed_trades" add constraint "closed_trades_bot_id_foreign" foreign key ("bot_id") references "bots" ("id") on delete set null;`);
    this.addSql(`alter table "closed_trades" add constraint "closed_trades_position_id_foreign" foreign key ("position_id") references "positions" ("id") on delete restrict;`);
    this.addSql(`alter table "closed_trades" add constraint "closed_trades_exchange_id_foreign" foreign key ("exchange_id") references "exchanges" ("id") on delete restrict;`);
    this.addSql(`alter table "closed_trades" add constraint "closed_trades_strategy_name_check" check (length(strategy_name) >= 1 and length(strategy_name) <= 120);`);
    this.addSql(`alter table "closed_trades" add constraint "closed_trades_symbol_check" check (length(symbol) >= 1 and length(symbol) <= 60);`);
    this.addSql(`alter table "closed_trades" add constraint "closed_trades_quantity_check" check (quantity > '0');`);
    this.addSql(`alter table "closed_trades" add constraint "closed_trades_entry_price_check" check (entry_price >= '0');`);
    this.addSql(`alter table "closed_trades" add constraint "closed_trades_exit_price_check" check (exit_price >= '0');`);
    this.addSql(`alter table "closed_trades" add constraint "closed_trades_leverage_check" check (leverage >= '1' and leverage <= '125');`);
    this.addSql(`alter table "closed_trades" add constraint "closed_trades_opened_before_closed" check (opened_at <= closed_at);`);
    this.addSql(`alter table "closed_trades" add constraint "closed_trades_side_check" check ("side" in ('LONG', 'SHORT'));`);
    this.addSql(`alter table "closed_trades" add constraint "closed_trades_exit_reason_check" check ("exit_reason" in ('SIGNAL', 'STOP_LOSS', 'TAKE_PROFIT', 'TRAILING_STOP', 'LIQUIDATION', 'MANUAL', 'RISK_LIMIT', 'END_OF_DATA'));`);

    this.addSql(`alter table "bot_states" add constraint "bot_states_bot_id_foreign" foreign key ("bot_id") references "bots" ("id") on update cascade on delete cascade;`);
    this.addSql(`alter table "bot_states" add constraint "bot_states_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete restrict;`);
    this.addSql(`alter table "bot_states" add constraint "bot_states_entry_price_check" check (entry_price >= '0');`);
    this.addSql(`alter table "bot_states" add constraint "bot_states_position_size_check" check (position_size >= '0');`);
    this.addSql(`alter table "bot_states" add constraint "bot_states_trailing_stop_price_check" check (trailing_stop_price >= '0');`);
    this.addSql(`alter table "bot_states" add constraint "bot_states_max_price_since_entry_check" check (max_price_since_entry >= '0');`);
    this.addSql(`alter table "bot_states" add constraint "bot_states_take_profit_price_check" check (take_profit_price >= '0');`);
    this.addSql(`alter table "bot_states" add constraint "bot_states_stop_loss_price_check" check (stop_loss_price >= '0');`);
    this.addSql(`alter table "bot_states" add constraint "bot_states_daily_trades_count_check" check (daily_trades_count >= 0);`);
    this.addSql(`alter table "bot_states" add constraint "bot_states_last_error_message_check" check (length(last_error_message) <= 2000);`);
    this.addSql(`alter table "bot_states" add constraint "bot_states_lease_owner_check" check (length(lease_owner) <= 120);`);
    this.addSql(`alter table "bot_states" add constraint "bot_states_lease_token_check" check (lease_token >= 0);`);
    this.addSql(`alter table "bot_states" add constraint "bot_states_status_check" check ("status" in ('STOPPED', 'STARTING', 'RUNNING', 'PAUSED', 'STOPPING', 'ERROR'));`);
    this.addSql(`alter table "bot_states" add constraint "bot_states_position_side_check" check ("position_side" in ('LONG', 'SHORT'));`);

    this.addSql(`alter table "alerts" add constraint "alerts_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`);
    this.addSql(`alter table "alerts" add constraint "alerts_name_check" check (length(name) >= 1 and length(name) <= 120);`);
    this.addSql(`alter table "alerts" add constraint "alerts_cooldown_seconds_check" check (cooldown_seconds >= 0);`);
    this.addSql(`alter table "alerts" add constraint "alerts_type_check" check ("type" in ('PRICE', 'INDICATOR', 'PNL', 'DRAWDOWN', 'BOT_ERROR', 'ORDER_FILLED'));`);

    this.addSql(`alter table "access_tokens" add constraint "access_tokens_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`);
    this.addSql(`alter table "access_tokens" add constraint "access_tokens_name_check" check (length(name) >= 1 and length(name) <= 120);`);
    this.addSql(`alter table "access_tokens" add constraint "access_tokens_token_hash_check" check (length(token_hash) >= 1 and length(token_hash) <= 128);`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "markets" drop constraint "markets_exchange_id_foreign";`);
    this.addSql(`alter table "rebalancing_events" drop constraint "rebalancing_events_exchange_id_foreign";`);
    this.addSql(`alter table "portfolio_snapshots" drop constraint "portfolio_snapshots_exchange_id_foreign";`);
    this.addSql(`alter table "optimizations" drop constraint "optimizations_exchange_id_foreign";`);
    this.addSql(`alter table "daily_balances" drop constraint "daily_balances_exchange_id_foreign";`);
    this.addSql(`alter table "backtests" drop constraint "backtests_exchange_id_foreign";`);
    this.addSql(`alter table "api_keys" drop constraint "api_keys_exchange_id_foreign";`);
    this.addSql(`alter table "bots" drop constraint "bots_exchange_id_foreign";`);
    this.addSql(`alter table "risk_limits" drop constraint "risk_limits_exchange_id_foreign";`);
    this.addSql(`alter table "positions" drop constraint "positions_exchange_id_foreign";`);
    this.addSql(`alter table "orders" drop constraint "orders_exchange_id_foreign";`);
    this.addSql(`alter table "trades" drop constraint "trades_exchange_id_foreign";`);
    this.addSql(`alter table "closed_trades" drop constraint "closed_trades_exchange_id_foreign";`);
    this.addSql(`alter table "strategies" drop constraint "strategies_user_id_foreign";`);
    this.addSql(`alter table "settings" drop constraint "settings_user_id_foreign";`);
    this.addSql(`alter table "refresh_tokens" drop constraint "refresh_tokens_user_id_foreign";`);
    this.addSql(`alter table "rebalancing_events" drop constraint "rebalancing_events_user_id_foreign";`);
    this.addSql(`alter table "portfolio_snapshots" drop constraint "portfolio_snapshots_user_id_foreign";`);
    this.addSql(`alter table "optimizations" drop constraint "optimizations_user_id_foreign";`);
    this.addSql(`alter table "optimization_trials" drop constraint "optimization_trials_user_id_foreign";`);
    this.addSql(`alter table "notification_channels" drop constraint "notification_channels_user_id_foreign";`);
    this.addSql(`alter table "idempotency_keys" drop constraint "idempotency_keys_user_id_foreign";`);
    this.addSql(`alter table "events" drop constraint "events_user_id_foreign";`);
    this.addSql(`alter table "daily_balances" drop constraint "daily_balances_user_id_foreign";`);
    this.addSql(`alter table "backtests" drop constraint "backtests_user_id_foreign";`);
    this.addSql(`alter table "monte_carlos" drop constraint "monte_carlos_user_id_foreign";`);
    this.addSql(`alter table "backtest_trades" drop constraint "backtest_trades_user_id_foreign";`);
    this.addSql(`alter table "audit_events" drop constraint "audit_events_user_id_foreign";`);
    this.addSql(`alter table "api_keys" drop constraint "api_keys_user_id_foreign";`);
    this.addSql(`alter table "bots" drop constraint "bots_user_id_foreign";`);
    this.addSql(`alter table "risk_limits" drop constraint "risk_limits_user_id_foreign";`);
    this.addSql(`alter table "positions" drop constraint "positions_user_id_foreign";`);
    this.addSql(`alter table "orders" drop constraint "orders_user_id_foreign";`);
    this.addSql(`alter table "trades" drop constraint "trades_user_id_foreign";`);
    this.addSql(`alter table "log_entries" drop constraint "log_entries_user_id_foreign";`);
    this.addSql(`alter table "closed_trades" drop constraint "closed_trades_user_id_foreign";`);
    this.addSql(`alter table "bot_states" drop constraint "bot_states_user_id_foreign";`);
    this.addSql(`alter table "alerts" drop constraint "alerts_user_id_foreign";`);
    this.addSql(`alter table "access_tokens" drop constraint "access_tokens_user_id_foreign";`);
    this.addSql(`alter table "optimizations" drop constraint "optimizations_strategy_id_foreign";`);
    this.addSql(`alter table "backtests" drop constraint "backtests_strategy_id_foreign";`);
    this.addSql(`alter table "bots" drop constraint "bots_strategy_id_foreign";`);
    this.addSql(`alter table "risk_limits" drop constraint "risk_limits_strategy_id_foreign";`);
    this.addSql(`alter table "orders" drop constraint "orders_strategy_id_foreign";`);
    this.addSql(`alter table "trades" drop constraint "trades_strategy_id_foreign";`);
    this.addSql(`alter table "optimization_trials" drop constraint "optimization_trials_optimization_id_foreign";`);
    this.addSql(`alter table "log_entries" drop constraint "log_entries_optimization_id_foreign";`);
    this.addSql(`alter table "monte_carlos" drop constraint "monte_carlos_backtest_id_foreign";`);
    this.addSql(`alter table "backtest_trades" drop constraint "backtest_trades_backtest_id_foreign";`);
    this.addSql(`alter table "log_entries" drop constraint "log_entries_backtest_id_foreign";`);
    this.addSql(`alter table "bots" drop constraint "bots_api_key_id_foreign";`);
    this.addSql(`alter table "orders" drop constraint "orders_api_key_id_foreign";`);
    this.addSql(`alter table "risk_limits" drop constraint "risk_limits_bot_id_foreign";`);
    this.addSql(`alter table "positions" drop constraint "positions_bot_id_foreign";`);
    this.addSql(`alter table "orders" drop constraint "orders_bot_id_foreign";`);
    this.addSql(`alter table "trades" drop constraint "trades_bot_id_foreign";`);
    this.addSql(`alter table "log_entries" drop constraint "log_entries_bot_id_foreign";`);
    this.addSql(`alter table "closed_trades" drop constraint "closed_trades_bot_id_foreign";`);
    this.addSql(`alter table "bot_states" drop constraint "bot_states_bot_id_foreign";`);
    this.addSql(`alter table "trades" drop constraint "trades_position_id_foreign";`);
    this.addSql(`alter table "closed_trades" drop constraint "closed_trades_position_id_foreign";`);
    this.addSql(`alter table "trades" drop constraint "trades_order_id_foreign";`);

    this.addSql(`drop table if exists "app_states" cascade;`);
    this.addSql(`drop table if exists "candles" cascade;`);
    this.addSql(`drop table if exists "exchanges" cascade;`);
    this.addSql(`drop table if exists "markets" cascade;`);
    this.addSql(`drop table if exists "market_trades" cascade;`);
    this.addSql(`drop table if exists "order_book_snapshots" cascade;`);
    this.addSql(`drop table if exists "tickers" cascade;`);
    this.addSql(`drop table if exists "users" cascade;`);
    this.addSql(`drop table if exists "strategies" cascade;`);
    this.addSql(`drop table if exists "settings" cascade;`);
    this.addSql(`drop table if exists "refresh_tokens" cascade;`);
    this.addSql(`drop table if exists "rebalancing_events" cascade;`);
    this.addSql(`drop table if exists "portfolio_snapshots" cascade;`);
    this.addSql(`drop table if exists "optimizations" cascade;`);
    this.addSql(`drop table if exists "optimization_trials" cascade;`);
    this.addSql(`drop table if exists "notification_channels" cascade;`);
    this.addSql(`drop table if exists "idempotency_keys" cascade;`);
    this.addSql(`drop table if exists "events" cascade;`);
    this.addSql(`drop table if exists "daily_balances" cascade;`);
    this.addSql(`drop table if exists "backtests" cascade;`);
    this.addSql(`drop table if exists "monte_carlos" cascade;`);
    this.addSql(`drop table if exists "backtest_trades" cascade;`);
    this.addSql(`drop table if exists "audit_events" cascade;`);
    this.addSql(`drop table if exists "api_keys" cascade;`);
    this.addSql(`drop table if exists "bots" cascade;`);
    this.addSql(`drop table if exists "risk_limits" cascade;`);
    this.addSql(`drop table if exists "positions" cascade;`);
    this.addSql(`drop table if exists "orders" cascade;`);
    this.addSql(`drop table if exists "trades" cascade;`);
    this.addSql(`drop table if exists "log_entries" cascade;`);
    this.addSql(`drop table if exists "closed_trades" cascade;`);
    this.addSql(`drop table if exists "bot_states" cascade;`);
    this.addSql(`drop table if exists "alerts" cascade;`);
    this.addSql(`drop table if exists "access_tokens" cascade;`);
  }

}
