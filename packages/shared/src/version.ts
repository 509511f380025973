import manifest from '../../../package.json' with { type: 'json' }

/** Of this program, as in the package.json of the whole project. */
export const { version } = manifest
