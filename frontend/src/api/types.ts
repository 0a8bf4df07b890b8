/** The wire's types under the names that the rest uses. All of them are generated; nothing is described twice. */
import type { components } from "./schema.gen";

type Schemas = components["schemas"];

export type Artifact = Schemas["Artifact"];
export type Bundle = Schemas["Bundle"];
export type ChartSpec = Schemas["ChartSpec"];
export type Check = Schemas["Check"];
export type Conversation = Schemas["Conversation"];
export type ConversationPage = Schemas["ConversationPage"];
export type ConversationRow = Schemas["ConversationRow"];
export type DeviceStatus = Schemas["DeviceStatus"];
export type Example = Schemas["Example"];
export type FamilyCard = Schemas["FamilyCard"];
export type Imported = Schemas["Imported"];
export type LensRow = Schemas["LensRow"];
export type LensRows = Schemas["LensRows"];
export type LoadModel = Schemas["LoadModel"];
export type LoadProgress = Schemas["LoadProgress"];
export type LogLine = Schemas["LogLine"];
export type ModelChoice = Schemas["ModelChoice"];
export type ModelInfo = Schemas["ModelInfo"];
export type NewRun = Schemas["NewRun"];
export type Preflight = Schemas["Preflight"];
export type QueueState = Schemas["QueueState"];
export type Run = Schemas["Run"];
export type RunChange = Schemas["RunChange"];
export type RunNews = Schemas["RunNews"];
export type RunPage = Schemas["RunPage"];
export type RunProgress = Schemas["RunProgress"];
export type RunRow = Schemas["RunRow"];
export type Sampling = Schemas["Sampling"];
export type SavedView = Schemas["SavedView"];
export type Snapshot = Schemas["Snapshot"];
export type TablePage = Schemas["TablePage"];
export type TensorsPage = Schemas["TensorsPage"];
export type Tokens = Schemas["Tokens"];
export type Trace = Schemas["Trace"];
export type TunedLens = Schemas["TunedLens"];
export type Turn = Schemas["Turn"];
export type TurnEnded = Schemas["TurnEnded"];
export type TurnStarted = Schemas["TurnStarted"];
export type Welcome = Schemas["Welcome"];

export type ClientMessage = Schemas["ClientMessage"];
export type ServerMessage = Schemas["ServerMessage"];

export type Role = Turn["role"];
export type Read = LensRows["read"];
export type LensName = ModelInfo["lenses"][number];
export type Component = Schemas["ReadLens"]["component"];
export type RunStatus = RunRow["status"];
