/** The report card of patches: what they are, which modules they change, what that does to a short text. */
import { Button, Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTrouble } from "../../api/live";
import { patchCard } from "../../api/patchFiles";
import type { PatchCard } from "../../api/types";
import { ControlDots } from "../../components/ControlDots";
import { Facts } from "../../components/Facts";
import { TroubleNote, Waiting } from "../../components/States";
import { formatKl, formatNumber, withUnit } from "../../lib/format";
import { Part } from "../-features/Parts";
import classes from "./Import.module.css";

const EFFECTIVE = "exp of the entropy of ΔW's singular values, each divided by their sum (Roy & Vetterli 2007)";
const SHARE = "‖ΔW‖ of ‖W‖, both Frobenius norms";

function Modules({ modules }: { modules: PatchCard["modules"] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and a keyboard must reach what is below.
    <section className={classes.modules} aria-label="What it changes" tabIndex={0}>
      <Table stickyHeader>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Module</Table.Th>
            <Table.Th className={classes.number}>Layer</Table.Th>
            <Table.Th className={classes.number}>Rank</Table.Th>
            <Table.Th className={classes.number} title={EFFECTIVE}>
              Effective
            </Table.Th>
            <Table.Th className={classes.number}>‖ΔW‖</Table.Th>
            <Table.Th className={classes.number} title={SHARE}>
              of ‖W‖
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {modules.map(({ module, layer, rank, norm, share, effective_rank }) => (
            <Table.Tr key={module}>
              <Table.Td className="mono">{module}</Table.Td>
              <Table.Td className={classes.number}>{layer ?? "none"}</Table.Td>
              <Table.Td className={classes.number}>{rank}</Table.Td>
              <Table.Td className={classes.number}>{formatNumber(effective_rank, 3)}</Table.Td>
              <Table.Td className={classes.number}>{formatNumber(norm, 3)}</Table.Td>
              <Table.Td className={classes.number}>{share === null ? "" : formatNumber(share, 2)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

export function ImportCard({ card }: { card: PatchCard }) {
  const { format, base_model, model, modules, warnings, says, kl, control_kl, tokens } = card;
  const layers = new Set(modules.flatMap(({ layer }) => layer ?? []));
  return (
    <div className={classes.card}>
      <Facts
        look="ruled"
        facts={[
          format !== "" && { name: "Format", value: format },
          format !== "" && { name: "Made for", value: base_model || "its files do not say" },
          { name: "Held against", value: model },
          modules.length > 0 && {
            name: "Changes",
            value: `${withUnit(String(modules.length), "place")} in ${withUnit(String(layers.size), "layer")}`,
          },
        ]}
      />
      {warnings.map((warning) => (
        <p key={warning} className={classes.warned}>
          {warning}
        </p>
      ))}
      {says.slice(0, 4).map((one) => (
        <p key={one} className={classes.says}>
          {one}
        </p>
      ))}
      {modules.length > 0 && <Modules modules={modules} />}
      <p className={classes.says}>
        KL to the model as it is, over {tokens} tokens of a fixed text:{" "}
        {kl === null ? "not a number" : withUnit(formatKl(kl), "nat")}; dots are pushes as hard in random directions.
      </p>
      {kl !== null && (
        <ControlDots
          value={kl}
          controls={control_kl}
          says={`KL ${formatKl(kl)} nats beside ${control_kl.map((one) => formatKl(one)).join(", ")} of random pushes as hard`}
        />
      )}
    </div>
  );
}

/** Of a kept patch, once somebody asks: it runs the model. */
export function CardPart({ hash }: { hash: string }) {
  const [open, setOpen] = useState(false);
  const found = useQuery({ ...patchCard(hash), enabled: open });
  const trouble = useTrouble(found.error);
  return (
    <Part title="Report card">
      {!open && (
        <Button variant="default" onClick={() => setOpen(true)}>
          Measure it
        </Button>
      )}
      {trouble && <TroubleNote trouble={trouble} retry={() => found.refetch()} />}
      {open && found.isPending && <Waiting what="Running a short text…" />}
      {found.data && <ImportCard card={found.data} />}
    </Part>
  );
}
