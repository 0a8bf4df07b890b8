/** Which dictionary to open, where the address names none. */
import { Button, Group } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { dictionaries } from "../../api/features";
import { useTrouble } from "../../api/live";
import { saes, saeTwins } from "../../api/saes";
import type { Dictionary, SaeInfo } from "../../api/types";
import { Empty, TroublePage, Waiting } from "../../components/States";
import { formatCount, formatNumber } from "../../lib/format";
import { measured, sameAs } from "../../lib/saes";
import { harvestOf, NewRunButton, newRunAddress } from "../-saes/NewRunButton";
import { Fit } from "../-saes/SaeTable";
import { InnerLink } from "../-shell/InnerLink";
import classes from "./Features.module.css";

interface ChoiceProps {
  sae: SaeInfo;
  /** Names of its dictionaries; undefined while they are on their way. */
  names: readonly string[] | undefined;
  /** One stands under its name that was harvested from an earlier version of it. */
  replaced: boolean;
}

function Choice({ sae, names, replaced }: ChoiceProps) {
  const number = (key: string) => formatNumber(measured(sae.metrics, key));
  const [first, ...others] = names ?? [sae.slug];
  return (
    <li className={classes.choice}>
      {first === undefined ? (
        <span className={classes.unread}>
          {sae.slug} <span className="mute">{replaced ? "trained anew since its harvest" : "not harvested yet"}</span>
        </span>
      ) : (
        <Link to="/features" search={{ sae: first }} className={classes.choiceName}>
          {sae.slug}
        </Link>
      )}
      <span className="mono mute">{sae.site}</span>
      {sae.apart && <span className="mute">{sae.apart}</span>}
      <span className={classes.choiceFacts}>
        {sae.architecture} · {formatCount(sae.d_sae)} features · FVU {number("fvu")} · L0 {number("l0")} · loss
        recovered {number("loss_recovered")}
      </span>
      {others.map((name) => (
        <Link key={name} to="/features" search={{ sae: name }} title="Another harvest of it">
          {name}
        </Link>
      ))}
      <span className={classes.choiceFit}>
        <Fit fit={sae.fit} />
      </span>
      {first === undefined && (
        <InnerLink href={newRunAddress("harvest", harvestOf(sae))}>{replaced ? "harvest again" : "harvest"}</InnerLink>
      )}
      <Link to="/saes/$sae" params={{ sae: sae.slug }}>
        report card
      </Link>
    </li>
  );
}

/** Features of an SAE that was removed since: they can be looked at, and not be tried on a text. */
function Orphan({ dictionary: { sae, site, architecture, d_sae } }: { dictionary: Dictionary }) {
  return (
    <li className={classes.choice}>
      <Link to="/features" search={{ sae }} className={classes.choiceName}>
        {sae}
      </Link>
      <span className="mono mute">{site}</span>
      <span className={classes.choiceFacts}>
        {architecture} · {formatCount(d_sae)} features · its SAE is not here any more
      </span>
    </li>
  );
}

/** Names of the dictionaries of an SAE's weights, whichever of their names it has; its own name first. */
const namesOf = (slug: string, read: readonly Dictionary[], twins: readonly (readonly string[])[]): string[] =>
  read
    .filter(({ made_of }) => sameAs(slug, twins).includes(made_of))
    .map(({ sae }) => sae)
    .sort((one, other) => Number(other === slug) - Number(one === slug));

function None() {
  return (
    <Empty title="No sparse autoencoder is here yet">
      <p>
        Features come from one: record a layer with <code>microscope trace</code>, train with{" "}
        <code>microscope train</code>, then harvest; or import one that somebody else trained.
      </p>
      <Group gap={8} justify="center">
        <Button component={Link} to="/saes">
          Import one
        </Button>
        <NewRunButton family="train_sae">Train one</NewRunButton>
      </Group>
    </Empty>
  );
}

export function Chooser() {
  const found = useQuery(saes);
  const trouble = useTrouble(found.error);
  const { data: read } = useQuery(dictionaries);
  const { data: twins } = useQuery(saeTwins);
  const items = found.data?.items ?? [];
  const orphans = (read ?? []).filter(({ sae, made_of }) => !made_of && !items.some(({ slug }) => slug === sae));
  return (
    <div className={classes.chooser}>
      <div className={classes.inner}>
        <Group justify="space-between">
          <h1>Features</h1>
          <Link to="/saes">SAE library: import, compare, export</Link>
        </Group>
        <p className={classes.says}>
          A sparse autoencoder writes a residual as a sum of few directions out of many. Each direction is a feature:
          choose whose to look at.
        </p>
        {trouble && !found.data && <TroublePage trouble={trouble} retry={() => found.refetch()} />}
        {!trouble && !found.data && <Waiting what="Reading the library…" />}
        {found.data && read && items.length + orphans.length === 0 && <None />}
        {items.length + orphans.length > 0 && (
          <ul className={classes.choices}>
            {items.map((sae) => (
              <Choice
                key={sae.slug}
                sae={sae}
                names={read && namesOf(sae.slug, read, twins ?? [])}
                replaced={read?.some((one) => one.sae === sae.slug && one.made_of !== sae.slug) ?? false}
              />
            ))}
            {orphans.map((dictionary) => (
              <Orphan key={dictionary.sae} dictionary={dictionary} />
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}
