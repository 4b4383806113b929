// An archive as the tests see it: rows, and whether every file is what its name says.

import { execFileSync } from 'node:child_process';

const QUERY = `
import json, sqlite3, sys
db = sqlite3.connect(f"file:{sys.argv[1]}/archive.db?mode=ro", uri=True)
db.row_factory = sqlite3.Row
print(json.dumps([dict(row) for row in db.execute(sys.argv[2])]))
`;

const VERIFY = `
import glob, gzip, hashlib, os, sqlite3, sys
folder = sys.argv[1]
db = sqlite3.connect(f"file:{folder}/archive.db?mode=ro", uri=True)
print(db.execute("PRAGMA integrity_check").fetchone()[0])
for name in ("picture", "thumbnail", "data", "panel_json"):
    for (hash,) in db.execute(f"SELECT DISTINCT {name} FROM cells WHERE {name} IS NOT NULL"):
        path = os.path.join(folder, "objects", hash[:2], hash)
        if not os.path.exists(path):
            print("missing", name, hash)
        elif hashlib.sha256(open(path, "rb").read()).hexdigest() != hash:
            print("changed", name, hash)
`;

const python = (script, ...args) => execFileSync('python3', ['-c', script, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 });

/** Rows of a query, as objects. */
export const query = (folder, sql) => JSON.parse(python(QUERY, folder, sql));

export const listCells = (folder) => query(folder, 'SELECT * FROM cells ORDER BY run_id, position');
export const listRuns = (folder) => query(folder, 'SELECT * FROM runs ORDER BY id');

/** "ok", or what is wrong. */
export const verify = (folder) => python(VERIFY, folder).trim();

export const STATE = { pending: 0, captured: 1, failed: 2, pruned: 3 };
export const FLAG = { noData: 1, queryError: 2, loading: 4, login: 8, gone: 16, threshold: 32, edited: 64, doubtful: 128 };
