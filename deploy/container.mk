# Containers, included by the Makefile. PORT, DATABASE, PYTHON_IMAGE, POSTGRES_IMAGE and
# the settings of docker-compose.yml are taken from the environment or from make's
# command line.
VENV ?= .venv
export DATABASE ?= sqlite

# They are for both databases, whichever `up` has started.
down down-volumes logs: export COMPOSE_PROFILES := postgres

.PHONY: up down down-volumes logs e2e-container e2e-project

up: ## Build and start the demo in a container, print its URL (DATABASE=sqlite|postgres)
	@deploy/up.sh

down: ## Stop and remove the container; its data stays (VOLUMES=1 removes it too)
	@deploy/compose.sh down $(if $(filter 1,$(VOLUMES)),--volumes)

down-volumes: ## Stop and remove the container and its data
	@deploy/compose.sh down --volumes

logs: ## Follow the container's log
	@deploy/compose.sh logs --follow --tail 100

e2e-container: ## Run the end-to-end tests against a container of their own (DATABASE=)
	@PYTHON=$(VENV)/bin/python deploy/e2e.sh

e2e-project: ## Make a project, serve it in a container of its own, and visit it
	@PYTHON=$(VENV)/bin/python deploy/project-container.sh
