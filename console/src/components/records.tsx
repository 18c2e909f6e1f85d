import { Table } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './records.module.css';

export interface RecordColumn<Row> {
  /** Empty for a column of buttons. */
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
}

interface RecordsProps<Row> {
  /** What the rows are, for screen readers. */
  readonly label: string;
  readonly columns: readonly RecordColumn<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
}

/**
 * A table for a few rows; on a phone each row is a block of its own with the titles beside the
 * values. The roles are written out, as the changed display would take them away.
 */
export function Records<Row>({ label, columns, rows, rowKey }: RecordsProps<Row>) {
  return (
    <Table className={classes['table']} verticalSpacing="sm" role="table" aria-label={label}>
      <Table.Thead className={classes['head']} role="rowgroup">
        <Table.Tr role="row">
          {columns.map(({ title }) => (
            <Table.Th
              key={title}
              role="columnheader"
              aria-label={title === '' ? 'Actions' : undefined}
            >
              {title}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody role="rowgroup" className={classes['body']}>
        {rows.map((row) => (
          <Table.Tr key={rowKey(row)} role="row" className={classes['row']}>
            {columns.map(({ title, cell }) => (
              <Table.Td key={title} role="cell" className={classes['cell']} data-title={title}>
                {cell(row)}
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
