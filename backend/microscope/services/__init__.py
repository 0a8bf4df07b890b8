"""What a user can do: each class takes the lab, and returns messages of the wire.

Imports nothing until services are opened: lists of runs are shown without torch.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from microscope.lab import Lab
    from microscope.services.conversations import Conversations
    from microscope.services.explaining import Explaining
    from microscope.services.feature_links import FeatureLinks
    from microscope.services.feature_reading import FeatureReadings
    from microscope.services.features import Features
    from microscope.services.hub import Hub
    from microscope.services.labels import Labels
    from microscope.services.lenses import Lenses
    from microscope.services.models import Models
    from microscope.services.neuronpedia import Neuronpedia
    from microscope.services.patch_acts import PatchActs
    from microscope.services.patch_doses import PatchDoses
    from microscope.services.patch_export import PatchExports
    from microscope.services.patch_files import PatchFiles
    from microscope.services.patch_inference import PatchInference
    from microscope.services.patch_previews import PatchPreviews
    from microscope.services.patch_trials import PatchTrials
    from microscope.services.patch_uses import PatchUses
    from microscope.services.patches import Patches
    from microscope.services.planning import Planning
    from microscope.services.run_files import RunFiles
    from microscope.services.run_news import Newsroom
    from microscope.services.runner import Runner
    from microscope.services.runs import Runs
    from microscope.services.saes import Saes
    from microscope.services.scripts import Scripts
    from microscope.services.sweeping import Sweeping
    from microscope.services.traces import Traces
    from microscope.services.views import Views


class Services(NamedTuple):
    """All of them over one lab: what the skins (`api`, `cli`) are given."""

    lab: Lab
    hub: Hub
    models: Models
    conversations: Conversations
    traces: Traces
    views: Views
    scripts: Scripts
    lenses: Lenses
    runs: Runs
    planning: Planning
    sweeping: Sweeping
    runner: Runner
    run_files: RunFiles
    newsroom: Newsroom
    saes: Saes
    features: Features
    labels: Labels
    explaining: Explaining
    neuronpedia: Neuronpedia
    feature_readings: FeatureReadings
    feature_links: FeatureLinks
    patches: Patches
    patch_acts: PatchActs
    patch_trials: PatchTrials
    patch_doses: PatchDoses
    patch_previews: PatchPreviews
    patch_uses: PatchUses
    patch_files: PatchFiles
    patch_exports: PatchExports
    patch_inference: PatchInference


def open_services(lab: Lab) -> Services:
    from microscope.services.conversations import Conversations
    from microscope.services.dictionaries import Dictionaries
    from microscope.services.explaining import Explaining
    from microscope.services.feature_links import FeatureLinks
    from microscope.services.feature_reading import FeatureReadings
    from microscope.services.features import Features
    from microscope.services.hub import Hub
    from microscope.services.labels import Labels
    from microscope.services.lenses import Lenses
    from microscope.services.made import links
    from microscope.services.models import Models
    from microscope.services.neuronpedia import Neuronpedia
    from microscope.services.patch_acts import PatchActs
    from microscope.services.patch_doses import PatchDoses
    from microscope.services.patch_export import PatchExports
    from microscope.services.patch_files import PatchFiles
    from microscope.services.patch_inference import PatchInference
    from microscope.services.patch_library import PatchLibrary
    from microscope.services.patch_places import PatchPlaces
    from microscope.services.patch_previews import PatchPreviews
    from microscope.services.patch_sets import PatchSets
    from microscope.services.patch_trials import PatchTrials
    from microscope.services.patch_uses import PatchUses
    from microscope.services.patches import Patches
    from microscope.services.planning import Planning
    from microscope.services.run_files import RunFiles
    from microscope.services.run_news import Newsroom
    from microscope.services.runner import Runner
    from microscope.services.runs import Runs
    from microscope.services.saes import Saes
    from microscope.services.schedules import Schedules
    from microscope.services.scripts import Scripts
    from microscope.services.sweeping import Sweeping
    from microscope.services.traces import Traces
    from microscope.services.views import Views

    hub = Hub(lab.settings.outbox_messages)
    models = Models(lab)
    saes, library = Saes(lab, models), PatchLibrary(lab, models)
    places = PatchPlaces(saes, library)
    sets = PatchSets(lab, library, places)
    conversations = Conversations(lab, models, hub, Schedules(sets))
    traces = Traces(lab, models, sets)
    runner = Runner(lab, models)
    labels = Labels(lab)
    runs = Runs(lab.database, lab.folder, runner.nudge, partial(links, lab.folder, saes.library))
    planning = Planning(lab, runs)
    dictionaries = Dictionaries(lab.folder, saes.library)
    features = Features(lab, models, labels, dictionaries)
    readings = FeatureReadings(lab, models, saes, conversations, traces, features, labels, dictionaries)
    patches = Patches(lab, models, saes, readings, features, library, places, sets)
    trials = PatchTrials(lab, patches)
    return Services(
        lab=lab,
        hub=hub,
        models=models,
        conversations=conversations,
        traces=traces,
        views=Views(lab, models, conversations, traces, sets),
        scripts=Scripts(lab, patches),
        lenses=Lenses(lab, models),
        runs=runs,
        planning=planning,
        sweeping=Sweeping(lab, planning),
        runner=runner,
        run_files=RunFiles(lab.folder, runs),
        newsroom=Newsroom(lab, hub),
        saes=saes,
        features=features,
        labels=labels,
        explaining=Explaining(lab, features, labels),
        neuronpedia=Neuronpedia(lab, features, labels),
        feature_readings=readings,
        feature_links=FeatureLinks(lab, saes, readings),
        patches=patches,
        patch_acts=PatchActs(lab, conversations),
        patch_trials=trials,
        patch_doses=PatchDoses(lab, patches, trials),
        patch_previews=PatchPreviews(lab, patches),
        patch_uses=PatchUses(lab, library, traces),
        patch_files=PatchFiles(lab, models, patches),
        patch_exports=PatchExports(lab, patches),
        patch_inference=PatchInference(lab, patches, trials),
    )
