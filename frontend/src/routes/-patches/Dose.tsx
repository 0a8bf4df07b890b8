/** What a patch does at many strengths: KL and the likeliest tokens, beside pushes as hard in random directions. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { DOSE_CONTROLS, type DoseCurve, type DoseTrial, dosedPatch } from "../../api/doses";
import { useTrouble } from "../../api/live";
import { Chart, type Series } from "../../components/Chart";
import { Evidence } from "../../components/Evidence";
import { NumberBox } from "../../components/NumberBox";
import { TroubleNote } from "../../components/States";
import { DOSE_DEFAULT, DOSE_MAX, DOSES_MAX, type DoseRange, doseOf, strengthsIn, writtenDose } from "../../lib/dose";
import { download } from "../-view/download";
import classes from "./Patches.module.css";

interface Props {
  trial: Omit<DoseTrial, "range">;
  /** As the address has it; undefined is closed. */
  dose: string | undefined;
  keep: (part: { dose: string | undefined }) => void;
  label: (id: number) => string;
}

export function Dose({ trial, dose, keep, label }: Props) {
  const range = doseOf(dose);
  if (!range)
    return (
      <Button variant="default" mt={12} onClick={() => keep({ dose: writtenDose(DOSE_DEFAULT) })}>
        Dose curve
      </Button>
    );
  return (
    <section aria-label="Dose curve" className={classes.part}>
      <h3 className={classes.heading}>
        <span className="label">Dose curve</span> <Evidence of="causal" />
      </h3>
      <Range range={range} keep={keep} />
      <Curve trial={{ ...trial, range }} label={label} />
    </section>
  );
}

function Range({ range, keep }: { range: DoseRange; keep: Props["keep"] }) {
  const change = (part: Partial<DoseRange>) => {
    const written = writtenDose({ ...range, ...part });
    if (written) keep({ dose: written });
  };
  const box = (name: keyof DoseRange, words: string, limits: { min: number; max: number; step: number }) => (
    <NumberBox
      label={words}
      size="xs"
      w={92}
      {...limits}
      whole={name === "n"}
      value={range[name]}
      onChange={(value) => change({ [name]: value })}
    />
  );
  return (
    <div className={classes.row}>
      {box("lo", "From strength", { min: -DOSE_MAX, max: range.hi, step: 0.5 })}
      {box("hi", "To strength", { min: range.lo, max: DOSE_MAX, step: 0.5 })}
      {box("n", "Strengths", { min: 2, max: DOSES_MAX, step: 2 })}
      <Button variant="default" size="xs" onClick={() => keep({ dose: undefined })}>
        Close
      </Button>
    </div>
  );
}

function Curve({ trial, label }: { trial: DoseTrial; label: Props["label"] }) {
  const { data, error, isFetching, refetch } = useQuery(dosedPatch(trial));
  const trouble = useTrouble(data ? null : error);
  if (trouble) return <TroubleNote trouble={trouble} retry={() => refetch()} />;
  return <DoseCharts curve={data} range={trial.range} label={label} busy={isFetching} />;
}

interface ChartsProps {
  curve: DoseCurve | undefined;
  range: DoseRange;
  label: (id: number) => string;
  /** More strengths are coming. */
  busy: boolean;
}

const mean = (values: readonly number[]) =>
  values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : Number.NaN;

export function DoseCharts({ curve, range, label, busy }: ChartsProps) {
  const strengths = strengthsIn(range);
  const known = new Map(curve?.doses.map((dose) => [dose.strength, dose]));
  const doses = strengths.map((strength) => known.get(strength));
  const least = (values: readonly number[] | undefined) => (values?.length ? Math.min(...values) : Number.NaN);
  const most = (values: readonly number[] | undefined) => (values?.length ? Math.max(...values) : Number.NaN);
  const kl: Series[] = [
    { key: "patches", label: "patches", values: doses.map((dose) => dose?.kl ?? Number.NaN) },
    {
      key: "random",
      label: `${DOSE_CONTROLS} random pushes, mean`,
      values: doses.map((dose) => mean(dose?.control_kl ?? [])),
      band: { low: doses.map((dose) => least(dose?.control_kl)), high: doses.map((dose) => most(dose?.control_kl)) },
    },
  ];
  const tokens: Series[] = (curve?.tokens ?? []).map((token, at) => {
    const pushed = doses.map((dose) => dose?.control_probs.map((probs) => probs[at] ?? Number.NaN));
    return {
      key: String(token),
      label: label(token),
      values: doses.map((dose) => dose?.probs[at] ?? Number.NaN),
      band: { low: pushed.map(least), high: pushed.map(most) },
    };
  });
  const top = Math.max(1e-6, ...doses.flatMap((dose) => (dose ? [dose.kl, ...dose.control_kl] : [])));
  const shared = { xLabel: "strength", xTicks: strengths.map(String), height: 200 };
  return (
    <div aria-busy={busy} data-dose>
      <p role="status" className={classes.none}>
        {known.size < strengths.length
          ? `${known.size} of ${strengths.length} strengths`
          : `${strengths.length} strengths; shaded: from the least to the most of ${DOSE_CONTROLS} pushes as hard in random directions. At 0 the model is as it was.`}
      </p>
      <Chart
        {...shared}
        title="KL of the next token"
        n={`${DOSE_CONTROLS} random directions`}
        yLabel="KL(base ‖ patched), nats"
        yDomain={{ from: 0, to: top, log: false, fitted: true }}
        series={kl}
        onExport={(svg) => download(svg, "dose-kl.svg", "image/svg+xml")}
      />
      {tokens.length > 0 && (
        <Chart
          {...shared}
          title="Probability of the likeliest next tokens"
          n={`${tokens.length} tokens`}
          yLabel="probability"
          yDomain={{ from: 0, to: 1, log: false, fitted: false }}
          series={tokens}
          onExport={(svg) => download(svg, "dose-tokens.svg", "image/svg+xml")}
        />
      )}
    </div>
  );
}
