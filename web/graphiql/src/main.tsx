import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import './style.css';
import { GraphiQL } from 'graphiql';
import { StrictMode, useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { fetcherWith } from './fetcher.ts';
import { samples } from './samples.ts';

const storageKey = 'candlewick:token';
/** At the first visit the editor shows nothing of the first tab but its query; later it knows what was there. */
const isFirstVisit = localStorage.getItem('graphiql:tabState') === null;

function App() {
  const [token, setToken] = useState(() => sessionStorage.getItem(storageKey) ?? '');
  const keep = (next: string): void => {
    sessionStorage.setItem(storageKey, next);
    setToken(next);
  };
  const fetcher = useMemo(() => fetcherWith(token, keep), [token]);
  return (
    <div className="page">
      <header className="bar">
        <strong>Candlewick</strong>
        <label>
          Token
          <input
            type="password"
            autoComplete="off"
            spellCheck={false}
            value={token}
            placeholder="signIn fills this in; a personal access token works too"
            onChange={(event) => keep(event.target.value.trim())}
          />
        </label>
        <span className={token === '' ? 'state' : 'state in'}>
          {token === '' ? 'not signed in' : 'sent with every operation'}
        </span>
      </header>
      <div className="editor">
        <GraphiQL
          fetcher={fetcher}
          defaultTabs={samples.map(({ query, variables }) => ({ query, variables: variables ?? null, headers: null }))}
          {...(isFirstVisit ? { initialVariables: samples[0].variables } : {})}
          defaultEditorToolsVisibility="variables"
        />
      </div>
    </div>
  );
}

const root = document.getElementById('root');
if (root)
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
