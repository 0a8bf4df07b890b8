import { Button } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useMutation, useQuery } from "@tanstack/react-query";
import { createFileRoute, Link, useLocation } from "@tanstack/react-router";
import { streamOf } from "../api/live";
import { modelInfo } from "../api/queries";
import type { Conversation } from "../api/types";
import { TroublePage, Waiting } from "../components/States";
import { type ChatSearch, samplingOf, send, stop } from "./-chat/actions";
import classes from "./-chat/Chat.module.css";
import { Composer } from "./-chat/Composer";
import { ConversationPane } from "./-chat/ConversationPane";
import { SamplingPanel } from "./-chat/SamplingPanel";
import { TokenActions } from "./-chat/TokenActions";
import { useChatView } from "./-chat/use";
import { useChatPlace } from "./-patch-rail/place";
import { useSwitching } from "./-patch-rail/usePatchRail";
import { RailButton, useRailFrame, WithPatchRail } from "./-patch-rail/WithPatchRail";
import { useCommands } from "./-shell/commands";
import { complain } from "./-shell/complain";
import { useKeys } from "./-shell/keys";
import { OtherModel } from "./-shell/OtherModel";
import { PageActions } from "./-shell/PageActions";
import { titled } from "./-shell/words";
import { CompareMenu } from "./-view/CompareMenu";
import { Choice, KChoice } from "./-view/Controls";
import { CurvesPanel } from "./-view/CurvesPanel";
import { ExportMenu } from "./-view/ExportMenu";
import { FEATURES_COUNTED, FeaturesPanel } from "./-view/FeaturesPanel";
import { HeatmapBar } from "./-view/HeatmapBar";
import { HeatmapPanel } from "./-view/HeatmapPanel";
import { Inspector } from "./-view/Inspector";
import { type Loadable, type Material, useConversation, useGrowing } from "./-view/material";
import type { Change, View, ViewName } from "./-view/params";
import { type Side, type Sides, useSides } from "./-view/sides";
import { TwoPanes } from "./-view/TwoPanes";
import { tokenCommands } from "./-view/tokenCommands";

export const Route = createFileRoute("/chat/$conversation")({ component: ConversationPage });

const VIEWS: readonly { value: ViewName; label: string }[] = [
  { value: "layers", label: "Layers" },
  { value: "heatmap", label: "Heatmap" },
  { value: "curves", label: "Curves" },
  { value: "features", label: "Features" },
];

function ConversationPage() {
  const { conversation: id } = Route.useParams();
  const { material, view: stream } = useConversation(id);
  if (material.state !== "ready")
    return (
      <>
        <h1 className="visually-hidden">Conversation</h1>
        {material.state === "loading" ? (
          <Waiting what={material.what} />
        ) : (
          <Failed material={material} conversation={stream.conversation} />
        )}
      </>
    );
  return <Ready key={id} id={id} material={material.value} />;
}

interface FailedProps {
  material: Extract<Loadable<Material>, { state: "failed" }>;
  conversation: Conversation | undefined;
}

/** A conversation may be there while its model is not: then the model is offered. */
function Failed({ material: { trouble, retry }, conversation }: FailedProps) {
  const fresh = (
    <Button component={Link} to="/chat" variant="default">
      New conversation
    </Button>
  );
  if (conversation && trouble.status === 404)
    return (
      <OtherModel what="conversation" slug={conversation.model} model={conversation.model_name} then={retry}>
        {fresh}
      </OtherModel>
    );
  return (
    <TroublePage trouble={trouble} retry={retry}>
      {fresh}
    </TroublePage>
  );
}

function Ready({ id, material }: { id: string; material: Material }) {
  const search = Route.useSearch();
  const { view, change, set } = useChatView(search);
  const { data: current } = useQuery(modelInfo);
  const { view: stream } = useConversation(id);
  const typing = useLocation({ select: ({ state }) => state.typing });
  const sides = useSides(material, view, "conversation", search.patches);
  useDocumentTitle(`${titled(material.title)} · Microscope`);
  const inForce = useSwitching(id, search.patches);
  const frame = useRailFrame(useChatPlace(id, search.patches, material.model.slug), search.rail);
  const waits = view.token === undefined;
  const beside = { against: sides.against, waits, setVs: (vs: string | undefined) => change({ vs }) };
  const say = useMutation({
    mutationFn: (text: string) =>
      send(id, text, samplingOf(search), material.model.thinking ? search.think : null, inForce),
    onError: complain,
  });
  const halt = () => stop(id).catch(complain);
  const close = () => change({ token: undefined });
  const setName = (name: ViewName) => set({ view: name }, "push");
  useKeys([["Escape", () => (stream.generating ? halt() : view.token !== undefined && close())]]);
  // A view stands in the panel of a token: without one the last is taken.
  const lastToken = () => {
    const { length } = streamOf(id).view().ids;
    return length > 0 ? length - 1 : undefined;
  };
  useCommands([
    ...(view.token === undefined ? tokenCommands(undefined, view, change) : []),
    ...VIEWS.map(({ value, label }, place) => ({
      label: `View: ${label.toLowerCase()}`,
      key: String(place + 1),
      act: () => set({ view: value, token: view.token ?? lastToken() }, "push"),
    })),
    ...(stream.generating ? [{ label: "Stop the turn", act: halt }] : []),
  ]);
  const openLayers = (token: number) => set({ token, view: "layers" }, "push");
  const shared = { material, view, change };

  const inspector = view.token !== undefined && (
    <TokenPanel
      {...shared}
      id={id}
      asA={sides.own}
      position={view.token}
      side={sides.side}
      {...{ search, close, setName, openLayers }}
    />
  );
  const main = (
    <div className={classes.pane}>
      <div className={classes.panes}>
        <ConversationPane
          id={id}
          {...shared}
          stream={stream}
          search={search}
          onOpen={openLayers}
          actions={
            <>
              <CompareMenu {...shared} withConversations />
              <RailButton frame={frame} />
            </>
          }
        />
        <OtherPane sides={sides} {...{ view, change, search }} />
      </div>
      <Composer
        draftOf={id}
        typing={typing}
        generating={stream.generating}
        busy={say.isPending}
        onSend={(text) =>
          say.mutateAsync(text).then(
            () => true,
            () => false,
          )
        }
        onStop={halt}
        placeholder={material.model.chat ? "Say something to the model" : "Text for the model to continue"}
      >
        <SamplingPanel search={search} change={set} thinking={material.model.thinking} />
        {current && current.slug !== material.model.slug && <span className="mute">with {material.model.slug}</span>}
      </Composer>
    </div>
  );
  return (
    <>
      <PageActions>
        <ExportMenu {...shared} material={sides.own ?? material} side={sides.side} />
      </PageActions>
      <WithPatchRail {...{ frame, material, view, beside }} model={material.model}>
        <TwoPanes main={main} side={inspector || undefined} tight={frame.tight} name="chat" />
      </WithPatchRail>
    </>
  );
}

interface PanelProps {
  id: string;
  material: Material;
  view: View;
  change: Change;
  search: ChatSearch;
  position: number;
  /** The same tokens under the set in force, beside another set. */
  asA: Material | undefined;
  side: Side | undefined;
  close: () => void;
  setName: (name: ViewName) => void;
  openLayers: (position: number) => void;
}

/** The selected token in the view that the address names; it may be one of the turn that is being written. */
function TokenPanel({ id, search, position, asA, close, setName, openLayers, ...known }: PanelProps) {
  const { view, change } = known;
  const said = useGrowing(known.material);
  const material = asA ?? said;
  const other = useGrowing(known.side?.material ?? material);
  const side = known.side && { ...known.side, material: other };
  useCommands(tokenCommands(material.ids[position], view, change));
  const shared = { material, view, change, side };
  return (
    <Inspector
      {...shared}
      position={position}
      close={close}
      tabs={<Choice label="View" value={search.view} choices={VIEWS} onChange={setName} />}
      actions={<TokenActions {...{ id, position, view, search }} material={said} />}
      controls={search.view === "features" ? <KChoice view={view} change={change} {...FEATURES_COUNTED} /> : undefined}
    >
      {search.view === "heatmap" ? (
        <>
          <HeatmapPanel {...shared} onOpen={openLayers} />
          <HeatmapBar {...shared} plain />
        </>
      ) : search.view === "curves" ? (
        <CurvesPanel {...shared} position={position} />
      ) : search.view === "features" ? (
        <FeaturesPanel {...shared} position={position} />
      ) : undefined}
    </Inspector>
  );
}

interface OtherProps {
  sides: Sides;
  view: View;
  change: Change;
  search: ChatSearch;
}

/** The conversation that this one is compared with; the selected position is the same in both. */
function OtherPane({ sides, ...rest }: OtherProps) {
  const { view: stream } = useConversation(sides.conversation);
  const close = () => rest.change({ vs: undefined });
  if (sides.pending?.state === "failed")
    return (
      <TroublePage trouble={sides.pending.trouble}>
        <Button variant="default" onClick={close}>
          Stop comparing
        </Button>
      </TroublePage>
    );
  if (sides.pending) return <Waiting what={sides.pending.what} />;
  if (!sides.conversation || !sides.side) return null;
  return (
    <ConversationPane
      id={sides.conversation}
      material={sides.side.material}
      stream={stream}
      onClose={close}
      {...rest}
    />
  );
}
