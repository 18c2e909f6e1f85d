import classes from './hostile-text.module.css';
import { formatCount } from './format.ts';
import { visibleText } from './visible-text.ts';

interface HostileTextProps {
  readonly children: string;
  /** Further characters are counted, not shown. */
  readonly lengthMax?: number;
  readonly monospace?: boolean;
}

/**
 * Text that somebody else wrote, perhaps an attacker: never markup, its direction kept to itself,
 * control characters and the like shown as marks, long words broken.
 */
export function HostileText({ children, lengthMax = 10_000, monospace = false }: HostileTextProps) {
  const leftOut = children.length - lengthMax;
  const shown = leftOut > 0 ? children.slice(0, lengthMax) : children;
  return (
    <bdi className={monospace ? `${classes['text']} ${classes['monospace']}` : classes['text']}>
      {visibleText(shown).map(({ text, mark }, index) =>
        mark === undefined ? (
          text
        ) : (
          // The pieces of one text never move among themselves.
          // oxlint-disable-next-line react/no-array-index-key
          <span key={index} className={classes['mark']} title={mark}>
            {text}
          </span>
        ),
      )}
      {leftOut > 0 && (
        <span className={classes['mark']}>… {formatCount(leftOut)} more characters</span>
      )}
    </bdi>
  );
}
