require ["fileinto", "variables", "regex"];
if header :regex "List-Id" "<([a-z0-9_-]+)[.@]" {
    set :lower :upperfirst "list" "${1}";
    fileinto "Lists.${list}";
}
