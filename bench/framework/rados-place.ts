/** Where objects lie on RADOS, and who may get at them. */
export interface RadosPlace {
  /** Leads to the monitors and to the key of the user. */
  readonly confFile: string;
  /** Without `client.`. */
  readonly user: string;
  readonly pool: string;
  readonly namespace: string;
}
