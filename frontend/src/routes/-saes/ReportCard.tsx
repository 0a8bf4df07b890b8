/** The report card: what an SAE is, what was done to it on the way in, what it is worth. */
import { Breadcrumbs, Button, Group, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { ChartNoAxesCombined, Download, LayoutList, RefreshCw, Sprout, Undo2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { saeCard, saeExportAddress, saeKeys } from "../../api/saes";
import type { SaeCard, SaeInfo } from "../../api/types";
import { type Fact, Facts } from "../../components/Facts";
import { JsonTree } from "../../components/JsonTree";
import { formatBytes, formatCount, formatNumber, formatPrecise } from "../../lib/format";
import { formatMeasure, MEASURES, measured } from "../../lib/saes";
import { useCommands } from "../-shell/commands";
import { complain } from "../-shell/complain";
import { copyText } from "../-shell/copy";
import { useHere } from "../-shell/here";
import { LoadButton } from "../-shell/OtherModel";
import { PageActions } from "../-shell/PageActions";
import { undoToast } from "../-shell/undo";
import { download, downloadFrom } from "../-view/download";
import { exportSae, importSae, removeSae } from "./actions";
import { harvestOf, NewRunButton } from "./NewRunButton";
import { RemoveSae } from "./RemoveSae";
import classes from "./Saes.module.css";
import { Fit } from "./SaeTable";

interface Props {
  card: SaeCard;
  again: () => void;
  busy: boolean;
}

const WHERE: Record<SaeInfo["where"], string> = {
  shipped: "shipped: part of the program",
  trained: "trained here, by a run",
  imported: "imported: brought here by somebody",
};

const range = (ends: readonly [number, number] | readonly number[]): string =>
  ends.map((end) => formatNumber(end)).join(" to ");

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className={classes.cardSection}>
      <h2 className="label">{title}</h2>
      {children}
    </section>
  );
}

/** Numbers by the names of `lib/saes.ts`. */
function Measures({ title, says, of }: { title: string; says: string; of: Readonly<Record<string, unknown>> }) {
  const facts = MEASURES.flatMap(({ key, title: name, says: meaning }): Fact[] => {
    const value = measured(of, key);
    return value === undefined
      ? []
      : [{ name, value: formatMeasure(key, value), says: `${meaning}: ${formatPrecise(value)}` }];
  });
  return (
    <Section title={title}>
      {facts.length > 0 && <Facts look="figures" facts={facts} />}
      <p className={classes.hint}>{says}</p>
    </Section>
  );
}

function Here({ card: { measured: found, says } }: { card: SaeCard }) {
  if (!found) return <Measures title="On a short text, here" of={{}} says={`Nothing was measured: ${says}`} />;
  const { model, tokens, silent_share } = found;
  return (
    <Measures
      title="On a short text, here"
      of={{ ...found }}
      says={`${formatCount(tokens)} positions read by ${model}; ${formatNumber(silent_share)} of the features were silent, few of them dead. Enough to see that it fits, not to judge it.`}
    />
  );
}

const NOBODY = "Nobody measured it yet: Evaluate does, on a recording of its site.";

function Kept({ sae }: { sae: SaeInfo }) {
  const has = MEASURES.some(({ key }) => measured(sae.metrics, key) !== undefined);
  return (
    <Measures
      title="On held-out documents"
      of={sae.metrics}
      says={has ? "As its metrics.json says." : sae.metrics_say || NOBODY}
    />
  );
}

const saidOnImport = ({ said_site, said_model_name }: SaeInfo): string =>
  `Said on import: ${[said_site && `it reads ${said_site}`, said_model_name && `it is of ${said_model_name}`].filter(Boolean).join(", ")}.`;

function Actions({ sae, again, busy }: { sae: SaeInfo; again: () => void; busy: boolean }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const stays = useHere();
  const refresh = () => client.invalidateQueries({ queryKey: saeKeys.all });
  const remove = async () => {
    const here = stays();
    await removeSae(sae.slug);
    if (here()) await navigate({ to: "/saes" });
    await refresh();
    if (!sae.kept_here)
      undoToast(`${sae.slug} was forgotten; its files stay where they are.`, () => {
        const said = { site: sae.said_site, model_name: sae.said_model_name };
        importSae({ source: sae.path, layer: null, name: sae.slug, ...said }).then(refresh, complain);
      });
    else notifications.show({ message: `${sae.slug} was deleted.` });
  };
  const takeBack = async () => {
    const asked = { source: sae.path, layer: null, name: "" };
    const card = await importSae({ ...asked, site: null, model_name: null });
    client.setQueryData(saeCard(sae.slug).queryKey, card);
    await refresh();
    undoToast(`${saidOnImport(sae)} It was taken back: its files' own word holds.`, () => {
      const said = { site: sae.said_site, model_name: sae.said_model_name };
      importSae({ ...asked, ...said }).then(refresh, complain);
    });
  };
  return (
    <Group gap={8}>
      {sae.to_load && <LoadButton model={sae.to_load} then={refresh} />}
      <Button
        variant={sae.to_load ? "default" : "filled"}
        leftSection={<LayoutList size={14} />}
        renderRoot={(props) => <Link {...props} to="/features" search={{ sae: sae.slug }} />}
      >
        Features
      </Button>
      <NewRunButton family="harvest" spec={harvestOf(sae)} icon={<Sprout size={14} />}>
        Harvest
      </NewRunButton>
      <NewRunButton family="evaluate_sae" spec={{ sae: sae.path }} icon={<ChartNoAxesCombined size={14} />}>
        Evaluate
      </NewRunButton>
      <Button variant="default" leftSection={<RefreshCw size={14} />} loading={busy} onClick={again}>
        Measure again
      </Button>
      {(sae.said_site || sae.said_model_name) && (
        <Button
          variant="default"
          leftSection={<Undo2 size={14} />}
          title={saidOnImport(sae)}
          onClick={() => takeBack().catch(complain)}
        >
          Take back what was said on import
        </Button>
      )}
      {sae.where !== "shipped" && <RemoveSae sae={sae} remove={() => remove().catch(complain)} />}
    </Group>
  );
}

function Export({ slug }: { slug: string }) {
  const [open, setOpen] = useState(false);
  useCommands([{ label: "Export…", key: "e", act: () => setOpen(true) }]);
  const half = async () => {
    const zip = await exportSae(slug, "float16");
    download(zip, `${slug}.zip`, "application/zip");
  };
  return (
    <Menu opened={open} onChange={setOpen} position="bottom-end" width={210}>
      <Menu.Target>
        <Button aria-label="Export" variant="default" leftSection={<Download size={14} />}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>As SAELens reads it</Menu.Label>
        <Menu.Item onClick={() => downloadFrom(saeExportAddress(slug), `${slug}.zip`)}>float32, zip</Menu.Item>
        <Menu.Item onClick={() => half().catch(complain)}>float16, zip</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

const UNSAID = "its files do not say";

const settingFact = ({ name, value, says }: SaeCard["rule"][number]): Fact => ({
  name,
  value: value === null ? "none" : value === true ? "yes" : value === false ? "no" : String(value),
  says,
  mono: "name",
});

const whatItIs = ({ sae, rule, dataset, context_size }: SaeCard): (Fact | false)[] => [
  { name: "Where from", value: WHERE[sae.where] },
  sae.formerly.length > 0 && { name: "Called before", value: sae.formerly.join(", ") },
  { name: "Format", value: sae.format },
  { name: "Kind", value: sae.k === null ? sae.architecture : `${sae.architecture}, k = ${sae.k}` },
  ...rule.map(settingFact),
  { name: "Reads", value: sae.site || UNSAID, mono: "value" },
  sae.site_out !== "" && { name: "Gives back", value: sae.site_out, mono: "value" },
  { name: "Shape", value: `${formatCount(sae.d_in)} → ${formatCount(sae.d_sae)} → ${formatCount(sae.d_out)}` },
  { name: "Model", value: sae.model_name || UNSAID },
  { name: "Model's weights", value: sae.weights_sha256.slice(0, 16) || "not named", mono: "value" },
  { name: "Trained on", value: dataset || UNSAID },
  { name: "Context", value: context_size === null ? UNSAID : `${formatCount(context_size)} tokens` },
];

const onTheWayIn = (card: SaeCard): (Fact | null)[] => [
  { name: "BOS", value: card.bos },
  { name: "Normalisation", value: card.normalization },
  { name: "Bias", value: card.bias },
  { name: "Decoder norms", value: range(card.decoder_norms) },
  card.thresholds && { name: "Thresholds", value: range(card.thresholds) },
  { name: "Stored in", value: card.dtype },
];

const fileFact = ({ name, bytes, sha256 }: SaeCard["files"][number]): Fact => ({
  name,
  value: (
    <>
      {formatBytes(bytes)} <span className="mono mute">{sha256.slice(0, 16)}</span>
    </>
  ),
  mono: "name",
});

const tensorFact = ({ name, shape, min, max }: SaeCard["tensors"][number]): Fact => ({
  name,
  value: (
    <>
      <span className="mono">({shape.join(", ")})</span>{" "}
      <span className="mute">
        {formatNumber(min)} to {formatNumber(max)}
      </span>
    </>
  ),
  mono: "name",
});

export function ReportCard({ card, again, busy }: Props) {
  const { sae } = card;
  return (
    <div className={classes.page}>
      <PageActions>
        <Export slug={sae.slug} />
      </PageActions>
      <header className={classes.cardHead}>
        <Breadcrumbs separatorMargin={6} className={classes.crumbs}>
          <Link to="/saes">SAEs</Link>
          <span className={classes.crumb}>{sae.slug}</span>
        </Breadcrumbs>
        <h1>{sae.slug}</h1>
        {sae.apart && <p className="mute">{sae.apart}</p>}
        <Fit fit={sae.fit} />
        {sae.fit && !sae.fit.fits && <p className={classes.refused}>{sae.fit.says}</p>}
        {sae.fit?.warnings.map((warning) => (
          <p key={warning} className={classes.warned}>
            {warning}
          </p>
        ))}
        <Actions {...{ sae, again, busy }} />
      </header>
      <div className={classes.cardGrid}>
        <Kept sae={sae} />
        <Here card={card} />
        <Section title="What it is">
          <Facts look="halves" facts={whatItIs(card)} />
        </Section>
        <Section title="On the way in">
          <Facts look="halves" facts={onTheWayIn(card)} />
        </Section>
        <Section title="Files">
          <p className={classes.path}>{sae.path}</p>
          <Facts look="halves" facts={card.files.map(fileFact)} />
        </Section>
        <Section title="Tensors">
          <Facts look="halves" facts={card.tensors.map(tensorFact)} />
        </Section>
        {Object.keys(card.training).length > 0 && (
          <Section title="Training">
            <JsonTree
              value={JSON.parse(JSON.stringify(card.training))}
              label="How it was trained"
              depth={1}
              onCopy={copyText}
            />
          </Section>
        )}
      </div>
    </div>
  );
}
