import { Button, Kbd, Modal, Stepper } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { ModelInfo } from "../../api/types";
import classes from "./Home.module.css";

const LAST = 4;

/** Two minutes: what the pictures mean and where to click. */
export default function Tour({ info, close }: { info: ModelInfo | undefined; close: () => void }) {
  const [step, setStep] = useState(0);
  const layers = info?.n_layers ?? 12;
  return (
    <Modal opened onClose={close} title="Two-minute tour" size="lg">
      <Stepper active={step} onStepClick={setStep} size="xs" iconSize={24}>
        <Stepper.Step label="Tokens">
          <p className={classes.tourText}>
            A model reads and writes <b>tokens</b>: pieces of text, sometimes a word, sometimes a single byte. After
            each one it gives a probability to every token of its vocabulary
            {info && ` (${info.d_vocab.toLocaleString("en")} here)`}. The shading of the text is the probability that
            each token had before it came.
          </p>
        </Stepper.Step>
        <Stepper.Step label="Layers">
          <p className={classes.tourText}>
            Between input and output stand {layers} <b>layers</b>. Each adds something to a running sum, the residual
            stream. The <b>logit lens</b> stops after a layer and asks: if this were the end, what would come next? The
            last layer&apos;s answer is the model&apos;s own.
          </p>
        </Stepper.Step>
        <Stepper.Step label="Click">
          <p className={classes.tourText}>
            Click a token. The table lists the layers from last to first with the likeliest tokens; the one that came is
            ticked. <b>For</b> reads what predicted the token, <b>after</b> what comes next. Arrow keys walk,{" "}
            <Kbd>2</Kbd> shows all tokens at once as a heatmap, <Kbd>3</Kbd> the curves.
          </p>
        </Stepper.Step>
        <Stepper.Step label="Try">
          <p className={classes.tourText}>
            Pin a token with <Kbd>p</Kbd> to follow it. Replace a token and watch the model go on differently, in a
            branch. Put the <b>tuned lens</b> beside the logit lens with <Kbd>v</Kbd>.
          </p>
        </Stepper.Step>
        <Stepper.Completed>
          <p className={classes.tourText}>
            All that you see is in the address: <Kbd>c</Kbd> copies it, Back undoes a choice. <Kbd>Ctrl</Kbd>{" "}
            <Kbd>K</Kbd> finds everything, <Kbd>?</Kbd> lists the keys.
          </p>
        </Stepper.Completed>
      </Stepper>
      <div className={classes.tourBar}>
        <Button variant="default" disabled={step === 0} onClick={() => setStep(step - 1)}>
          Back
        </Button>
        {step < LAST ? (
          <Button onClick={() => setStep(step + 1)}>Next</Button>
        ) : (
          <Button component={Link} to="/chat" onClick={close}>
            Start a chat
          </Button>
        )}
      </div>
    </Modal>
  );
}
