import { CopyButton } from '../../components/copy-button.tsx';
import { HostileText } from '../../components/hostile-text.tsx';
import classes from './line-box.module.css';

/** A line as it is, with a button that copies exactly its characters. */
export function LineBox({ line, label }: { readonly line: string; readonly label: string }) {
  return (
    <div className={classes['box']}>
      <div className={classes['line']} tabIndex={0} role="group" aria-label="Line">
        <HostileText monospace>{line}</HostileText>
      </div>
      <CopyButton value={line} label={label} />
    </div>
  );
}
