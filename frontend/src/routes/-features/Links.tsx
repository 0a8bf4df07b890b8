/** What made a feature fire at a token of a text, and what it sets off there: links to the features of another SAE. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { type Tried, tried } from "../../api/features";
import { useTrouble } from "../../api/live";
import { savedView } from "../../api/queries";
import { saes } from "../../api/saes";
import type { Feature } from "../../api/types";
import { TroubleNote, Waiting } from "../../components/States";
import { linkable, tracedFirst } from "../../lib/links";
import type { Vocab } from "../../lib/tokens";
import { NewRunButton } from "../-saes/NewRunButton";
import classes from "./Feature.module.css";
import { LinkControls } from "./LinkControls";
import { LinkResults } from "./LinkResults";
import css from "./Links.module.css";
import { LinkText } from "./LinkText";
import { Part } from "./Parts";
import type { FeatureSearch } from "./params";

interface Props {
  feature: Feature;
  vocab: Vocab;
  /** Ids that the tokenizer puts before a text. */
  begins: readonly number[];
  /** A token as it shows. */
  label: (id: number) => string;
  search: FeatureSearch;
  change: (part: Partial<FeatureSearch>, how?: "push" | "replace") => void;
}

/** A text, and in words which one it is. */
interface Chosen {
  given: Tried;
  says: string;
}

function chosen({ feature, begins, search }: Props, kept: string | undefined): Chosen | undefined {
  if (search.ids.length > 0) return { given: search.ids, says: "The tokens that this page's address names" };
  const text = search.text ?? kept;
  if (text) return { given: text, says: "The text that was tried on this page" };
  const first = tracedFirst(feature.examples, begins);
  return first && { given: first.ids, says: first.says };
}

/** A way to the box on the overview; the text stays. */
function ToBox({ children }: { children: ReactNode }) {
  return (
    <Link to="." search={(now) => ({ ...now, tab: undefined })} className={css.plain}>
      {children}
    </Link>
  );
}

/** The SAEs that a feature's SAE can have links to, the default first. */
function useLinkable({ dictionary }: Feature) {
  const library = useQuery(saes);
  const items = library.data?.items ?? [];
  const own = items.find(({ slug }) => slug === dictionary.made_of);
  const fitting = items.filter(({ fit, model_name }) =>
    fit?.model === dictionary.model ? fit.fits : model_name === dictionary.model_name,
  );
  const here = { site: dictionary.site, site_out: own?.site_out ?? "" };
  return { choices: linkable(here, fitting), waits: library.isPending, trouble: useTrouble(library.error) };
}

function NoOther({ feature }: Pick<Props, "feature">) {
  return (
    <div className={classes.none}>
      <p className={classes.none}>
        No other SAE of this model lies before or behind {feature.dictionary.site}: a link needs a second one, at
        another layer. Train one there, or{" "}
        <Link to="/saes" className={css.plain}>
          import one
        </Link>
        .
      </p>
      <p className={classes.none}>
        <NewRunButton family="train_sae">Train an SAE</NewRunButton>
      </p>
    </div>
  );
}

function LinksOf(props: Props & Chosen) {
  const { feature, search, change, given, says, vocab, label } = props;
  const of = { sae: feature.dictionary.sae, index: feature.row.index };
  const read = useQuery(tried(of, given));
  const trouble = useTrouble(read.error);
  const { choices, waits, trouble: unread } = useLinkable(feature);
  if (unread) return <TroubleNote trouble={unread} />;
  if (!waits && choices.length === 0) return <NoOther feature={feature} />;
  const other = search.with === undefined ? choices[0] : choices.find(({ sae }) => sae.slug === search.with);
  return (
    <>
      <LinkControls {...{ choices, other, asked: search.with }} onChange={(slug) => change({ with: slug })} />
      <p className={classes.none}>
        {says}. Choose a shaded token to trace the feature there, or <ToBox>try another text</ToBox>.
      </p>
      {trouble ? (
        <TroubleNote trouble={trouble} retry={() => read.refetch()} />
      ) : (
        <LinkText {...{ vocab, change }} at={search.at} read={read.data}>
          {(position) =>
            other && (
              <LinkResults
                key={`${other.sae.slug} ${other.direction}`}
                {...{ label, position, search }}
                question={{ feature: of, given, other: other.sae.slug }}
              />
            )
          }
        </LinkText>
      )}
    </>
  );
}

export function Links(props: Props) {
  const { kept } = props.search;
  const found = useQuery({ ...savedView(kept ?? ""), enabled: kept !== undefined });
  const trouble = useTrouble(found.error);
  const text = chosen(props, found.data?.search.text);
  const waits = kept !== undefined && !found.data && !trouble;
  return (
    <Part title="Links between features" says="What made it fire at one token, and what it sets off there">
      {trouble && <TroubleNote trouble={trouble} />}
      {waits ? (
        <Waiting what="Fetching the text…" />
      ) : text ? (
        <LinksOf key={JSON.stringify(text.given)} {...props} {...text} />
      ) : (
        <p className={classes.none}>
          It fired in no text that was kept, so there is none to trace it in. <ToBox>Try a text of your own</ToBox> in
          which it fires, then come back.
        </p>
      )}
    </Part>
  );
}
