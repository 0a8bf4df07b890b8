/** The report card: what an SAE is, what was done to it on the way in, what it is worth. */
import { Breadcrumbs, Button, Group, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { ChartNoAxesCombined, Download, LayoutList, RefreshCw, Sprout, Undo2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { saeCard, saeExportAddress, saeKeys } from "../../api/saes";
import type { SaeCard, SaeInfo } from "../../api/types";
import { JsonTree } from "../../components/JsonTree";
import { formatBytes, formatCount, formatNumber, formatPrecise } from "../../lib/format";
import { MEASURES, measured } from "../../lib/saes";
import { useCommands } from "../-shell/commands";
import { complain } from "../-shell/complain";
import { copyText } from "../-shell/copy";
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

function Facts({ title, facts }: { title: string; facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <section aria-label={title} className={classes.cardSection}>
      <h2 className="label">{title}</h2>
      <dl className={classes.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** Numbers by the names of `lib/saes.ts`. */
function Measures({ title, says, of }: { title: string; says: string; of: Readonly<Record<string, unknown>> }) {
  const rows = MEASURES.flatMap((measure) => {
    const value = measured(of, measure.key);
    return value === undefined ? [] : [{ ...measure, value }];
  });
  return (
    <section aria-label={title} className={classes.cardSection}>
      <h2 className="label">{title}</h2>
      {rows.length > 0 && (
        <dl className={classes.measures}>
          {rows.map(({ key, title: name, says: meaning, value }) => (
            <div key={key} title={`${meaning}: ${formatPrecise(value)}`}>
              <dt>{name}</dt>
              <dd>{formatNumber(value)}</dd>
            </div>
          ))}
        </dl>
      )}
      <p className={classes.hint}>{says}</p>
    </section>
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

function Kept({ sae }: { sae: SaeInfo }) {
  const has = MEASURES.some(({ key }) => measured(sae.metrics, key) !== undefined);
  return (
    <Measures
      title="On held-out documents"
      of={sae.metrics}
      says={has ? "As its metrics.json says." : "Nobody measured it yet: Evaluate does, on a recording of its site."}
    />
  );
}

const saidOnImport = ({ said_site, said_model_name }: SaeInfo): string =>
  `Said on import: ${[said_site && `it reads ${said_site}`, said_model_name && `it is of ${said_model_name}`].filter(Boolean).join(", ")}.`;

function Actions({ sae, again, busy }: { sae: SaeInfo; again: () => void; busy: boolean }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const refresh = () => client.invalidateQueries({ queryKey: saeKeys.all });
  const remove = async () => {
    await removeSae(sae.slug);
    await navigate({ to: "/saes" });
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
        <Facts
          title="What it is"
          facts={[
            ["Where from", WHERE[sae.where]],
            ...(sae.formerly.length > 0 ? [["Called before", sae.formerly.join(", ")] as const] : []),
            ["Format", sae.format],
            ["Kind", sae.k === null ? sae.architecture : `${sae.architecture}, k = ${sae.k}`],
            [
              "Reads",
              <span key="site" className="mono">
                {sae.site || "its files do not say"}
              </span>,
            ],
            ...(sae.site_out
              ? [
                  [
                    "Gives back",
                    <span key="out" className="mono">
                      {sae.site_out}
                    </span>,
                  ] as const,
                ]
              : []),
            ["Shape", `${formatCount(sae.d_in)} → ${formatCount(sae.d_sae)} → ${formatCount(sae.d_out)}`],
            ["Model", sae.model_name || "its files do not say"],
            [
              "Model's weights",
              <span key="sha" className="mono">
                {sae.weights_sha256.slice(0, 16) || "not named"}
              </span>,
            ],
            ["Trained on", card.dataset || "its files do not say"],
            [
              "Context",
              card.context_size === null ? "its files do not say" : `${formatCount(card.context_size)} tokens`,
            ],
          ]}
        />
        <Facts
          title="On the way in"
          facts={[
            ["BOS", card.bos],
            ["Normalisation", card.normalization],
            ["Bias", card.bias],
            ["Decoder norms", range(card.decoder_norms)],
            ...(card.thresholds ? [["Thresholds", range(card.thresholds)] as const] : []),
            ["Stored in", card.dtype],
          ]}
        />
        <section aria-label="Files" className={classes.cardSection}>
          <h2 className="label">Files</h2>
          <p className={classes.path}>{sae.path}</p>
          <dl className={classes.facts}>
            {card.files.map(({ name, bytes, sha256 }) => (
              <div key={name}>
                <dt className="mono">{name}</dt>
                <dd>
                  {formatBytes(bytes)} <span className="mono mute">{sha256.slice(0, 16)}</span>
                </dd>
              </div>
            ))}
          </dl>
        </section>
        <section aria-label="Tensors" className={classes.cardSection}>
          <h2 className="label">Tensors</h2>
          <dl className={classes.facts}>
            {card.tensors.map(({ name, shape, min, max }) => (
              <div key={name}>
                <dt className="mono">{name}</dt>
                <dd>
                  <span className="mono">({shape.join(", ")})</span>{" "}
                  <span className="mute">
                    {formatNumber(min)} to {formatNumber(max)}
                  </span>
                </dd>
              </div>
            ))}
          </dl>
        </section>
        {Object.keys(card.training).length > 0 && (
          <section aria-label="Training" className={classes.cardSection}>
            <h2 className="label">Training</h2>
            <JsonTree
              value={JSON.parse(JSON.stringify(card.training))}
              label="How it was trained"
              depth={1}
              onCopy={copyText}
            />
          </section>
        )}
      </div>
    </div>
  );
}
