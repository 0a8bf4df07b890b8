/** Which features patches moved: the surest first, each with its page. */
import { Link } from "@tanstack/react-router";
import type { Run } from "../../api/types";
import { classes } from "../../lib/classes";
import { formatNumber } from "../../lib/format";
import own from "./Contrast.module.css";
import { NoHarvest } from "./NoHarvest";
import css from "./Runs.module.css";
import { shiftsOf } from "./shifts";
import { useRows } from "./useRows";
import { useSae } from "./useSae";

/** The surest that are shown; all of them are in the table below Files. */
const SHOWN = 20;

export function Shifts({ run }: { run: Run }) {
  const page = useRows(run, "features");
  const { sae, bare } = useSae(run.spec.sae);
  if (!page) return null;
  const shifts = shiftsOf(page).slice(0, SHOWN);
  return (
    <section className={css.card} aria-label="What the patches moved">
      <h2>What the patches moved</h2>
      <p>
        Mean activation over texts, without the patches and with them; z is the difference in its standard errors. Those
        that passed the threshold stand out.
      </p>
      {sae && bare && <NoHarvest sae={sae} />}
      <div className={own.scroller}>
        <table className={own.table} aria-label="Features">
          <thead>
            <tr>
              <th>feature</th>
              <th>z</th>
              <th>difference</th>
              <th>± error</th>
              <th>without</th>
              <th>with</th>
              <th>fires without</th>
              <th>fires with</th>
            </tr>
          </thead>
          <tbody>
            {shifts.map((row) => (
              <tr key={row.feature} className={classes(row.moved && own.chosen)}>
                <td>
                  {sae ? (
                    <Link to="/features/$sae/$index" params={{ sae: sae.slug, index: String(row.feature) }}>
                      {row.feature}
                    </Link>
                  ) : (
                    row.feature
                  )}
                </td>
                {[row.z, row.difference, row.error, row.before, row.after, row.density_before, row.density_after].map(
                  (value, at) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: the columns stay where they are.
                    <td key={at}>{formatNumber(value, 3)}</td>
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
        <p>
          The surest {shifts.length} of {page.total}; all of them are in tables/features.parquet.
        </p>
      </div>
    </section>
  );
}
