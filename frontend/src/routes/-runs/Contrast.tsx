/** What a contrast of two sets of prompts found: features and directions by how well they tell them apart, and patches of them. */
import { Button, Menu } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { ChevronDown } from "lucide-react";
import { keepPatch } from "../../api/patches";
import { artifactTable } from "../../api/runs";
import type { Run, TablePage } from "../../api/types";
import { classes } from "../../lib/classes";
import { formatNumber, formatPrecise } from "../../lib/format";
import { complain } from "../-shell/complain";
import { useHere } from "../-shell/here";
import own from "./Contrast.module.css";
import {
  type Auroc,
  type ContrastedDirection,
  type ContrastedFeature,
  directionsOf,
  featuresOf,
  ofDirection,
  ofFeature,
  shufflesOf,
  type Wanted,
} from "./contrast";
import { fileVersion } from "./files";
import { NoHarvest } from "./NoHarvest";
import css from "./Runs.module.css";
import { useSae } from "./useSae";

/** The best of training that are shown; all of them are in the table below Files. */
const SHOWN = 20;

function useTable(run: Run, name: string): TablePage | undefined {
  const path = `tables/${name}.parquet`;
  const there = run.artifacts.some((artifact) => artifact.path === path);
  const file = { run: run.row.id, path, version: fileVersion(run, path) };
  return useQuery({ ...artifactTable(file, "", 0, SHOWN), enabled: there }).data;
}

export function Contrast({ run }: { run: Run }) {
  const features = useTable(run, "features");
  const directions = useTable(run, "directions");
  const null_ = useTable(run, "null");
  const { sae, bare } = useSae(run.spec.sae);
  if (!features) return null;
  return (
    <section className={css.card} aria-label="What tells them apart">
      <h2>What tells them apart</h2>
      <p>
        AUROC: 1 tells every pair apart, 0.5 is chance. Ranked on the training part, chosen on validation, scored once
        on the test part. {null_ && <Null page={null_} />}
      </p>
      {sae && bare && <NoHarvest sae={sae} />}
      <Features features={featuresOf(features)} sae={sae?.slug} total={features.total} />
      {directions && <Directions directions={directionsOf(directions)} run={run.row.id} />}
    </section>
  );
}

function Null({ page }: { page: TablePage }) {
  const tests = shufflesOf(page).flatMap(({ test }) => (test === null ? [] : [test]));
  if (tests.length === 0) return null;
  const mean = tests.reduce((sum, one) => sum + one, 0) / tests.length;
  return (
    <>
      With the labels shuffled the same search scores {formatNumber(mean, 3)} on the test part (
      {formatNumber(Math.min(...tests), 3)} to {formatNumber(Math.max(...tests), 3)} in {tests.length}).
    </>
  );
}

function Aurocs({ of: { train, validation, test } }: { of: Auroc }) {
  return (
    <>
      {[train, validation, test].map((value, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the columns stay where they are.
        <td key={at} title={value === null ? undefined : formatPrecise(value)}>
          {value === null ? "–" : formatNumber(value, 3)}
        </td>
      ))}
    </>
  );
}

const AUROC_HEADS = ["train", "validation", "test"].map((name) => <th key={name}>{name}</th>);

interface FeaturesProps {
  features: ContrastedFeature[];
  sae: string | undefined;
  total: number;
}

function Features({ features, sae, total }: FeaturesProps) {
  return (
    <div className={own.scroller}>
      <table className={own.table} aria-label="Features">
        <thead>
          <tr>
            <th>feature</th>
            {AUROC_HEADS}
            <th>mean toward</th>
            <th>mean away</th>
            <th>fires toward</th>
            <th>fires away</th>
            <th>patch</th>
          </tr>
        </thead>
        <tbody>
          {features.map((row) => (
            <tr key={row.feature} className={classes(row.test !== null && own.chosen)}>
              <td>
                {sae ? (
                  <Link to="/features/$sae/$index" params={{ sae, index: String(row.feature) }}>
                    {row.feature}
                  </Link>
                ) : (
                  row.feature
                )}
              </td>
              <Aurocs of={row} />
              <td>{formatNumber(row.meanToward, 3)}</td>
              <td>{formatNumber(row.meanAway, 3)}</td>
              <td>{formatNumber(row.shareToward, 3)}</td>
              <td>{formatNumber(row.shareAway, 3)}</td>
              <td>{sae && <MakePatch of={`feature ${row.feature}`} wanted={ofFeature(sae, row.feature)} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>
        The best {features.length} of {total}; all of them are in tables/features.parquet.
      </p>
    </div>
  );
}

function Directions({ directions, run }: { directions: ContrastedDirection[]; run: string }) {
  return (
    <div className={own.scroller}>
      <table className={own.table} aria-label="Directions">
        <thead>
          <tr>
            <th>direction, without the SAE</th>
            {AUROC_HEADS}
            <th>patch</th>
          </tr>
        </thead>
        <tbody>
          {directions.map((row) => (
            <tr key={row.direction}>
              <td>{row.direction}</td>
              <Aurocs of={row} />
              <td>
                {row.unit && row.direction !== "random" && (
                  <MakePatch of={row.direction} wanted={ofDirection(row, run)} />
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function MakePatch({ of, wanted }: { of: string; wanted: Wanted[] }) {
  const navigate = useNavigate();
  const keep = useMutation({
    mutationFn: ({ source }: Wanted) => keepPatch({ source, name: "", model: null }),
    onMutate: useHere(),
    onSuccess: ({ hash }, { strength }, here) =>
      here() && navigate({ to: "/patches/$hash", params: { hash }, search: { strength } }),
    onError: complain,
  });
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          size="compact-xs"
          variant="default"
          loading={keep.isPending}
          rightSection={<ChevronDown size={11} />}
          aria-label={`Make a patch of ${of}`}
        >
          Make a patch
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {wanted.map((one) => (
          <Menu.Item key={one.title} onClick={() => keep.mutate(one)}>
            {one.title}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
