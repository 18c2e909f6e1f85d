import assert from 'node:assert/strict';
import type { ExportSettings } from '../../../src/directory/directory.ts';
import { actor, globex, groundWithPeople, refuses } from './ground.ts';
import type { DirectoryContract } from './ground.ts';

export const exportSettingsContract: DirectoryContract = {
  'begins switched off, with every category and facility 23': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    assert.deepEqual(await ground.directory.exportSettings('acme'), {
      enabled: false,
      categories: 'all',
      facility: 23,
    });
  },

  'changes what is named and nothing else': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    await directory.createTenant(globex, actor);
    await directory.changeExportSettings('acme', { enabled: true }, actor);
    const categories = ['Backup And Restore', 'Admin Event'];
    const changed = await directory.changeExportSettings(
      'acme',
      { categories, facility: 6 },
      actor,
    );
    assert.deepEqual(changed, { enabled: true, categories, facility: 6 });
    assert.deepEqual(await directory.exportSettings('acme'), changed);
    await directory.changeExportSettings('acme', { categories: 'all' }, actor);
    assert.deepEqual(await directory.exportSettings('acme'), { ...changed, categories: 'all' });
    assert.equal((await directory.exportSettings('globex')).enabled, false);
  },

  'takes facility 1 to 23': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    for (const facility of [1, 23]) {
      const changed = await directory.changeExportSettings('acme', { facility }, actor);
      assert.equal(changed.facility, facility);
    }
    for (const facility of [0, 24, -1, 1.5]) {
      await refuses(
        directory.changeExportSettings('acme', { facility }, actor),
        'input_invalid',
        `facility must be 1 to 23, got ${facility}`,
      );
    }
  },

  'takes categories of the catalogue, each once, and suggests the nearest': async (
    implementation,
  ) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    const twice = { categories: ['API', 'API', 'WebDAV'] };
    const changed = await directory.changeExportSettings('acme', twice, actor);
    assert.deepEqual(changed.categories, ['WebDAV', 'API']);
    const wrong = directory.changeExportSettings('acme', { categories: ['Admin Evnt'] }, actor);
    await assert.rejects(wrong, {
      code: 'input_invalid',
      message: /got "Admin Evnt"; did you mean "Admin Event"\? \(known: Alerts And Not.*WebDAV/,
    });
    await refuses(
      directory.changeExportSettings('acme', { categories: [] }, actor),
      'input_invalid',
    );
    const typo: Partial<ExportSettings> = JSON.parse('{"facilty":3}');
    await refuses(directory.changeExportSettings('acme', typo, actor), 'input_invalid');
    assert.deepEqual(await directory.exportSettings('acme'), changed);
  },
};
