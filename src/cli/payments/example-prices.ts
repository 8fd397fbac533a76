// an object of its own each: YAML writes one that stands twice as a reference
const free = () => ({ perCall: '0', perKiB: '0' });
const stored = () => ({ perCall: '1', perKiB: '2' });
const served = () => ({ perCall: '0', perKiB: '1' });

/** Prices to begin with, as a settings file has them; in the smallest unit of the token. */
export const EXAMPLE_PRICES = {
  version: 1,
  default: free(),
  methods: {
    SetShare: stored(),
    SetShares: stored(),
    SetFile: stored(),
    GetShare: served(),
    GetShares: served(),
    ReadShares: served(),
    GetFile: served(),
  },
};
