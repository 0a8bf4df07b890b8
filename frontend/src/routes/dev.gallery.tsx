import { useDocumentTitle } from "@mantine/hooks";
import { createFileRoute } from "@tanstack/react-router";
import { DATA_SPECIMENS } from "../components/dataGallery";
import { SPECIMENS, type Specimen } from "../components/gallery";
import { ParityBadge } from "../components/ParityBadge";
import { Empty, TroubleNote, Waiting } from "../components/States";
import classes from "./-gallery/Gallery.module.css";

export const Route = createFileRoute("/dev/gallery")({ component: Gallery });

const check = {
  name: "logits",
  measured: 2e-6,
  tolerance: 1e-4,
  says: "Final norm and unembedding of the last layer.",
  blocks: [],
};

const STATES: readonly Specimen[] = [
  {
    name: "Parity: all checks hold",
    node: <ParityBadge parity={{ ok: true, checks: [{ ...check, ok: true }], problems: [] }} />,
  },
  {
    name: "Parity: one is off",
    node: (
      <ParityBadge
        parity={{
          ok: false,
          checks: [{ ...check, measured: 0.3, ok: false }],
          problems: ["The unembedding differs from the model's logits. Load it in float32."],
        }}
      />
    ),
  },
  {
    name: "Trouble",
    node: (
      <TroubleNote
        trouble={{ error: "There is no trace abc here.", next: "Run the text again, or import a bundle.", status: 404 }}
        retry={() => {}}
      />
    ),
  },
  { name: "Empty", node: <Empty title="Nothing written yet">Type below.</Empty> },
  { name: "Waiting", node: <Waiting what="Reading every layer…" /> },
];

/** Every component in every state: what pictures of the interface are compared with. The numbers come from no model. */
function Gallery() {
  useDocumentTitle("Gallery · Microscope");
  return (
    <div className={classes.page}>
      <h1>Gallery</h1>
      <p>Every component in every state. The numbers are made up and come from no model.</p>
      <div className={classes.grid}>
        {[...STATES, ...SPECIMENS, ...DATA_SPECIMENS].map(({ name, node }) => (
          <section key={name} className={classes.specimen} aria-label={name}>
            <h2 className="label">{name}</h2>
            {node}
          </section>
        ))}
      </div>
    </div>
  );
}
