/** What the parts of a run's page are given. */
import type { RunView } from "../../api/runStream";
import type { Run, RunRow } from "../../api/types";
import type { RunSearch } from "./params";

export interface Part {
  run: Run;
  /** The latest that is known of it. */
  row: RunRow;
  live: RunView;
  search: RunSearch;
  change: (part: Partial<RunSearch>, replace?: boolean) => void;
}
