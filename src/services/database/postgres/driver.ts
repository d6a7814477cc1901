import {
  type Configuration,
  type Dictionary,
  type DriverException,
  ExceptionConverter,
  ForeignKeyConstraintViolationException,
} from '@mikro-orm/core';
import { PostgreSqlConnection, PostgreSqlPlatform } from '@mikro-orm/postgresql';
import { AbstractSqlDriver } from '@mikro-orm/sql';

/** PostgreSQL 18 reports a refused deletion with a code of its own; to the program it is what it always was, and as on SQLite. */
class Exceptions extends ExceptionConverter {
  readonly #usual: ExceptionConverter;

  constructor(usual: ExceptionConverter) {
    super();
    this.#usual = usual;
  }

  override convertException(exception: Error & Dictionary): DriverException {
    if (exception['code'] === '23001') return new ForeignKeyConstraintViolationException(exception);
    return this.#usual.convertException(exception);
  }
}

class Platform extends PostgreSqlPlatform {
  readonly #exceptions = new Exceptions(super.getExceptionConverter());

  override getExceptionConverter(): ExceptionConverter {
    return this.#exceptions;
  }
}

export class PostgresDriver extends AbstractSqlDriver<PostgreSqlConnection, Platform> {
  constructor(config: Configuration) {
    super(config, new Platform(), PostgreSqlConnection, ['kysely', 'pg']);
  }
}
