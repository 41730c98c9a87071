# Man pages and completion scripts: the program writes them itself, from its tables of options.
set(digress_pages ${CMAKE_BINARY_DIR}/pages)
file(MAKE_DIRECTORY ${digress_pages})

# digress_page(FILE ARGUMENTS...): what `digress help ARGUMENTS` prints.
function(digress_page file)
  add_custom_command(OUTPUT ${digress_pages}/${file} DEPENDS digress_program VERBATIM
    COMMAND digress_program help ${ARGN} > ${digress_pages}/${file})
  set(digress_page_files ${digress_page_files} ${digress_pages}/${file} PARENT_SCOPE)
endfunction()

digress_page(digress.1 --man)
foreach(command data data-import data-export train sample tune export eval plot report info bench help)
  string(REPLACE "-" ";" words ${command})
  digress_page(digress-${command}.1 --man ${words})
  list(APPEND digress_man_pages ${digress_pages}/digress-${command}.1)
endforeach()
digress_page(digress.bash --completion bash)
digress_page(_digress --completion zsh)
add_custom_target(digress_pages ALL DEPENDS ${digress_page_files})

install(FILES ${digress_pages}/digress.1 ${digress_man_pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${digress_pages}/digress.bash RENAME digress
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${digress_pages}/_digress DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
