/**
 * What S3 says of its storage classes. Of a class of another store nothing is known, so nothing is held against it.
 * @see {@link https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html#sc-compare}
 * @see {@link https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html}
 * @see {@link https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects-retrieval-options.html}
 */
interface StorageClass {
  /** Days that are charged at least. */
  minimumDays: number
  /** Hours until a standard retrieval is done, at worst; 0: read at once. */
  retrievalHours: number
}

/** In the order in which objects may move: only ever down. */
const classes = new Map<string, StorageClass>([
  ['STANDARD', { minimumDays: 0, retrievalHours: 0 }],
  ['STANDARD_IA', { minimumDays: 30, retrievalHours: 0 }],
  ['INTELLIGENT_TIERING', { minimumDays: 0, retrievalHours: 0 }],
  ['ONEZONE_IA', { minimumDays: 30, retrievalHours: 0 }],
  ['GLACIER_IR', { minimumDays: 90, retrievalHours: 0 }],
  ['GLACIER', { minimumDays: 90, retrievalHours: 5 }],
  ['DEEP_ARCHIVE', { minimumDays: 180, retrievalHours: 12 }]
])
const order = [...classes.keys()]

export const minimumDays = (name: string): number => classes.get(name)?.minimumDays ?? 0

/** Hours that pass before an object of this class can be read; 0: none. */
export const needsRetrieval = (name: string): number => classes.get(name)?.retrievalHours ?? 0

/** Age in days before which S3 refuses to move an object there. */
export const earliestDays = (name: string): number =>
  name === 'STANDARD_IA' || name === 'ONEZONE_IA' ? 30 : 0

export function mayMove(from: string, to: string): boolean {
  if (!classes.has(from) || !classes.has(to)) return true
  if (from === 'ONEZONE_IA' && to === 'GLACIER_IR') return false
  return order.indexOf(from) < order.indexOf(to)
}
