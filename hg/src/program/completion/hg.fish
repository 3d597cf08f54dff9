# Completes a command line of hg's.
function __vermilion_hg
    set -l program vermilion
    type -q vermilion; or set program PROGRAM
    set -l words (commandline -opc)
    set -e words[1]
    if string match -q -- '*vermilion' (commandline -opc)[1]
        set -e words[1]
    end
    set -l current (commandline -ct)
    set -l plain (string unescape -- "$current")
    set -q plain[1]; or set plain "$current"
    set -l found ($program complete -- $words "$plain" 2>/dev/null)
    switch $status
        case 0 10
            string join \n -- $found
        case 12
            __fish_complete_directories "$current" ''
        case '*'
            __fish_complete_path "$current" ''
    end
end

complete -c hg -e
complete -c hg -f -a '(__vermilion_hg)'
complete -c vermilion -n '__fish_vermilion_using_subcommand hg' -f -a '(__vermilion_hg)'
