if exists "In-Reply-To" { stop; }
