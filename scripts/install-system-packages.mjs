import { ensureSystemPackages, PACKAGE_GROUPS } from './setup/system-packages.mjs';

/** Installs all that comes from Debian in one go, so that no later step has to. */
ensureSystemPackages(PACKAGE_GROUPS);
