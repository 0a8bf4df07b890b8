import { Button, Kbd, Modal, Stepper } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Example, ModelInfo } from "../../api/types";
import { formatCount } from "../../lib/format";
import { palette } from "../-shell/palette.store";
import classes from "./Home.module.css";

const LAST = 4;

interface Props {
  info: ModelInfo | undefined;
  examples: readonly Example[];
  /** 0 to 4; the last is the end. */
  step: number;
  /** To another step; undefined ends the tour. */
  walk: (step: number | undefined) => void;
}

/** A text that every model can read, where it brings none of its own. */
const PLAIN = { text: "The capital of France is", token: 2 };

/** Two minutes: what the pictures mean, each with the way to the real thing; Back leads from there to the same step. */
export default function Tour({ info, examples, step, walk }: Props) {
  const layers = info?.n_layers ?? 12;
  const own = examples.find(({ mode, token }) => mode === "text" && typeof token === "number");
  const { text, token } = own ? { text: own.text, token: own.token ?? PLAIN.token } : PLAIN;
  const tuned = info?.lenses.includes("tuned") ?? false;
  const says: readonly { label: string; about: ReactNode; way: ReactNode }[] = [
    {
      label: "Tokens",
      about: (
        <>
          A model reads and writes <b>tokens</b>: pieces of text, sometimes a word, sometimes a single byte. After each
          one it gives a probability to every token of its vocabulary
          {info && ` (${formatCount(info.d_vocab)} here)`}. The shading of the text is the probability that each token
          had before it came.
        </>
      ),
      way: (
        <Button variant="light" renderRoot={(props) => <Link {...props} to="/chat" search={{ text }} />}>
          See the tokens of an answer
        </Button>
      ),
    },
    {
      label: "Layers",
      about: (
        <>
          Between input and output stand {layers} <b>layers</b>. Each adds something to a running sum, the residual
          stream. The <b>logit lens</b> stops after a layer and asks: if this were the end, what would come next? The
          last layer&apos;s answer is the model&apos;s own. <b>For</b> reads what predicted a token, <b>after</b> what
          comes next.
        </>
      ),
      way: (
        <Button
          variant="light"
          renderRoot={(props) => <Link {...props} to="/lens" search={{ text, token, read: "after" }} />}
        >
          Open the layers of a token
        </Button>
      ),
    },
    {
      label: "All at once",
      about: (
        <>
          The <b>heatmap</b> shows every layer of every token. Click a cell for its token&apos;s curves; arrow keys
          walk. In a chat <Kbd>2</Kbd> shows the heatmap, <Kbd>3</Kbd> the curves, <Kbd>1</Kbd> the layers again.
        </>
      ),
      way: (
        <Button variant="light" renderRoot={(props) => <Link {...props} to="/lens" search={{ text }} />}>
          Open a heatmap
        </Button>
      ),
    },
    {
      label: "Follow",
      about: (
        <>
          Pin a token with <Kbd>p</Kbd> and see where each layer ranks it.
          {tuned && (
            <>
              {" "}
              Put the <b>tuned lens</b>, which has learnt to translate each layer, beside the logit lens with{" "}
              <Kbd>v</Kbd>.
            </>
          )}{" "}
          In a chat, replace a token, and the model goes on from there in a branch.
        </>
      ),
      way: tuned ? (
        <Button
          variant="light"
          renderRoot={(props) => (
            <Link {...props} to="/lens" search={{ text, token, read: "after", vs: "lens:tuned" }} />
          )}
        >
          Put both lenses side by side
        </Button>
      ) : (
        <Button variant="light" renderRoot={(props) => <Link {...props} to="/lens" search={{ text, token }} />}>
          Open a token to pin
        </Button>
      ),
    },
  ];
  return (
    <Modal opened onClose={() => walk(undefined)} title="Two-minute tour" size="lg">
      <Stepper active={step} onStepClick={walk} size="xs" iconSize={24}>
        {says.map(({ label, about, way }) => (
          <Stepper.Step key={label} label={label}>
            <p className={classes.tourText}>{about}</p>
            {way}
          </Stepper.Step>
        ))}
        <Stepper.Completed>
          <p className={classes.tourText}>
            All that you see is in the address: <Kbd>c</Kbd> copies it, Back undoes a choice. <Kbd>Ctrl</Kbd>{" "}
            <Kbd>K</Kbd> finds everything, <Kbd>?</Kbd> lists the keys.
          </p>
          <Button
            variant="light"
            onClick={() => {
              walk(undefined);
              palette.open();
            }}
          >
            Open the search
          </Button>
        </Stepper.Completed>
      </Stepper>
      <div className={classes.tourBar}>
        <Button variant="default" disabled={step === 0} onClick={() => walk(step - 1)}>
          Back
        </Button>
        {step < LAST ? (
          <Button onClick={() => walk(step + 1)}>Next</Button>
        ) : (
          <Button component={Link} to="/chat">
            Start a chat
          </Button>
        )}
      </div>
    </Modal>
  );
}
