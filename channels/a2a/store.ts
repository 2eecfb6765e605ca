/** Tasks on disk, or in memory: what they are, what waits to be worked on, and who is told of them. */
import { DatabaseSync } from "node:sqlite"
import { type FileKind, migrate, openSqlite, transact, translated } from "../../actors/sqlite-file.ts"

/** As a row; `owner` is empty for this machine's own user. */
export interface StoredTask {
  readonly id: string
  readonly owner: string
  readonly context: string
  readonly state: number
  /** Milliseconds since the Unix epoch, of the status. */
  readonly updated: number
  /** The task and what belongs to its life, as JSON. */
  readonly body: string
}

export interface StoredContext {
  readonly owner: string
  readonly context: string
  readonly session: string
  /** Number of the newest notice of the session that its tasks have taken in. */
  readonly cursor: number
}

/** A message that is to be worked on, until its turn has ended. */
export interface StoredMessage {
  readonly id: string
  readonly task: string
  readonly body: string
  readonly isSaid: boolean
}

export interface StoredPush {
  readonly task: string
  readonly id: string
  readonly body: string
  readonly version: string
  /** It was registered by somebody on this machine, whom addresses of this machine do not tell anything new. */
  readonly isLocal: boolean
}

export interface TaskFilter {
  readonly owner: string
  readonly context?: string
  readonly state?: number
  /** Milliseconds since the Unix epoch. */
  readonly since?: number
}

/** A place in the list, newest first. */
export interface Place {
  readonly updated: number
  readonly id: string
}

export class StoreError extends Error {
  override readonly name = "StoreError"
}

const kind: FileKind = {
  holds: "tasks of other agents",
  applicationId: 0x4b694132,
  migrations: [
    `create table contexts (owner text not null, context text not null, session text not null, cursor integer not null,
       primary key (owner, context)) strict;
     create table tasks (id text primary key, owner text not null, context text not null, state integer not null,
       updated integer not null, created integer not null, body text not null) strict;
     create index tasks_of on tasks (owner, updated desc, id desc);
     create index tasks_in on tasks (owner, context);
     create table messages (nr integer primary key, id text not null unique, task text not null references tasks (id) on delete cascade,
       body text not null, said integer not null) strict;
     create index messages_of on messages (task);
     create table files (task text not null references tasks (id) on delete cascade, artifact text not null, bytes blob not null,
       primary key (task, artifact)) strict;
     create table pushes (task text not null references tasks (id) on delete cascade, id text not null, body text not null,
       version text not null, local integer not null, primary key (task, id)) strict;`
  ],
  error: (_, message, options) => new StoreError(message, options)
}

export type TaskStore = ReturnType<typeof openStore>

/** @param file Absent: in memory. @throws StoreError when it cannot be used; another server that is open may have it. */
export const openStore = (file: string | undefined) => {
  const db = file === undefined ? new DatabaseSync(":memory:") : openSqlite(file, kind)
  if (file === undefined) migrate(db, kind)
  else translated(file, kind, () => holdAlone(db))
  db.exec("pragma foreign_keys = on")
  return {
    ...tasksIn(db),
    ...messagesIn(db),
    ...pushesIn(db),
    all: <A>(act: () => A): A => transact(db, act),
    /** The same, for what a power failure may undo: then it is told anew by whoever works on it. */
    soon: <A>(act: () => A): A => {
      db.exec("pragma synchronous = normal")
      try {
        return transact(db, act)
      } finally {
        db.exec("pragma synchronous = full")
      }
    },
    close: () => db.close()
  }
}

/** Until it is closed, or its process is gone: of two servers each would go on with the tasks of the other. */
const holdAlone = (db: DatabaseSync): void => {
  db.exec("pragma locking_mode = exclusive")
  transact(db, () => db.exec("pragma user_version"))
}

type Row = Readonly<Record<string, unknown>>

const taskOf = (row: Row): StoredTask => ({
  id: String(row.id),
  owner: String(row.owner),
  context: String(row.context),
  state: Number(row.state),
  updated: Number(row.updated),
  body: String(row.body)
})

const contextOf = (row: Row): StoredContext => ({
  owner: String(row.owner),
  context: String(row.context),
  session: String(row.session),
  cursor: Number(row.cursor)
})

/** States 1, 2 and 6 of the protocol: submitted, working, input required. */
const unfinished = "state in (1, 2, 6)"

const tasksIn = (db: DatabaseSync) => {
  const save = db.prepare(
    `insert into tasks (id, owner, context, state, updated, created, body) values (?, ?, ?, ?, ?, ?, ?)
     on conflict (id) do update set state = excluded.state, updated = excluded.updated, body = excluded.body`
  )
  const one = db.prepare("select * from tasks where id = ? and owner = ?")
  const left = db.prepare(`select * from tasks where ${unfinished} order by created, rowid`)
  const context = db.prepare("select * from contexts where owner = ? and context = ?")
  const keep = db.prepare(
    `insert into contexts (owner, context, session, cursor) values (?, ?, ?, ?)
     on conflict (owner, context) do update set cursor = excluded.cursor`
  )
  const old = db.prepare(
    `delete from tasks where id in (select id from tasks where owner = ? and not ${unfinished}
     order by updated desc, id desc limit -1 offset ?)`
  )
  const empty = db.prepare(
    "delete from contexts where owner = ? and not exists (select 1 from tasks where tasks.owner = contexts.owner and tasks.context = contexts.context)"
  )
  const where = (f: TaskFilter) => ({
    text: `owner = ?${f.context === undefined ? "" : " and context = ?"}${f.state === undefined ? "" : " and state = ?"}${f.since === undefined ? "" : " and updated >= ?"}`,
    values: [f.owner, f.context, f.state, f.since].filter((value) => value !== undefined)
  })
  return {
    saveTask: ({ id, owner, context, state, updated, body }: StoredTask): void =>
      void save.run(id, owner, context, state, updated, updated, body),
    dropTask: (id: string): void => void db.prepare("delete from tasks where id = ?").run(id),
    task: (owner: string, id: string): StoredTask | undefined => {
      const row = one.get(id, owner)
      return row === undefined ? undefined : taskOf(row)
    },
    /** Of everybody, oldest first. */
    unfinished: (): ReadonlyArray<StoredTask> => left.all().map(taskOf),
    countTasks: (filter: TaskFilter): number => {
      const { text, values } = where(filter)
      return Number(db.prepare(`select count(*) as n from tasks where ${text}`).get(...values)?.n)
    },
    listTasks: (filter: TaskFilter, limit: number, after?: Place): ReadonlyArray<StoredTask> => {
      const { text, values } = where(filter)
      const from = after === undefined ? "" : " and (updated < ? or (updated = ? and id < ?))"
      const place = after === undefined ? [] : [after.updated, after.updated, after.id]
      const query = `select * from tasks where ${text}${from} order by updated desc, id desc limit ?`
      return db
        .prepare(query)
        .all(...values, ...place, limit)
        .map(taskOf)
    },
    context: (owner: string, id: string): StoredContext | undefined => {
      const row = context.get(owner, id)
      return row === undefined ? undefined : contextOf(row)
    },
    saveContext: (one: StoredContext): void => void keep.run(one.owner, one.context, one.session, one.cursor),
    /** Finished tasks beyond the newest `most` are forgotten, and contexts without any. */
    prune: (owner: string, most: number): void => {
      if (Number(old.run(owner, most).changes) > 0) empty.run(owner)
    }
  }
}

const messagesIn = (db: DatabaseSync) => {
  const add = db.prepare("insert into messages (id, task, body, said) values (?, ?, ?, ?)")
  const said = db.prepare("update messages set said = 1 where id = ?")
  const drop = db.prepare("delete from messages where id = ?")
  const of = db.prepare("select * from messages where task = ? order by nr")
  const keep = db.prepare("insert or replace into files (task, artifact, bytes) values (?, ?, ?)")
  const file = db.prepare("select bytes from files where task = ? and artifact = ?")
  return {
    addMessage: ({ id, task, body, isSaid }: StoredMessage): void => void add.run(id, task, body, isSaid ? 1 : 0),
    markSaid: (id: string): void => void said.run(id),
    dropMessage: (id: string): void => void drop.run(id),
    messagesOf: (task: string): ReadonlyArray<StoredMessage> =>
      of.all(task).map((row) => ({
        id: String(row.id),
        task: String(row.task),
        body: String(row.body),
        isSaid: row.said === 1
      })),
    saveFile: (task: string, artifact: string, bytes: Uint8Array): void => void keep.run(task, artifact, bytes),
    file: (task: string, artifact: string): Uint8Array | undefined => {
      const bytes = file.get(task, artifact)?.bytes
      return bytes instanceof Uint8Array ? bytes : undefined
    }
  }
}

const pushesIn = (db: DatabaseSync) => {
  const save = db.prepare("insert or replace into pushes (task, id, body, version, local) values (?, ?, ?, ?, ?)")
  const of = db.prepare("select * from pushes where task = ? order by rowid")
  const drop = db.prepare("delete from pushes where task = ? and id = ?")
  return {
    savePush: ({ task, id, body, version, isLocal }: StoredPush): void =>
      void save.run(task, id, body, version, isLocal ? 1 : 0),
    pushesOf: (task: string): ReadonlyArray<StoredPush> =>
      of.all(task).map((row) => ({
        task: String(row.task),
        id: String(row.id),
        body: String(row.body),
        version: String(row.version),
        isLocal: row.local === 1
      })),
    dropPush: (task: string, id: string): void => void drop.run(task, id)
  }
}
